import { CircleStop, MessageCircle } from 'lucide-react';
import { useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { SessionView } from '../../../contract/state.js';
import { useIsLive } from '../../client/roost.js';
import { useAct } from '../../client/use-act.js';
import { useConversation } from '../../client/use-conversation.js';
import { useNow } from '../../client/use-now.js';
import { useWaitingHint } from '../../client/waiting-hints.js';
import { countText } from '../../format/numbers.js';
import { durationText } from '../../format/time.js';
import { sessionTone } from '../../format/tones.js';
import { waitingText } from '../../format/waiting.js';
import { isTurnOpen, sessionStatusText } from '../../format/wording.js';
import { Badge, Chip } from '../../ui/Badge.js';
import { Button } from '../../ui/Button.js';
import { ConfirmDialog } from '../../ui/ConfirmDialog.js';
import { EmptyState } from '../../ui/EmptyState.js';
import { StatusIcon } from '../../ui/StatusIcon.js';
import { Tabs } from '../../ui/Tabs.js';
import { Composer } from './Composer.js';
import { EarlierTurns } from './EarlierTurns.js';
import { SessionLog } from './SessionLog.js';
import { Turn } from './Turn.js';
import './notes.css';

const tabs = [
  { key: 'talk', label: 'Conversation' },
  { key: 'log', label: 'Agent and files' },
] as const;
const nearEndPx = 80;

export function ConversationPanel({ sessionId }: { readonly sessionId: string }) {
  const { conversation, problem } = useConversation(sessionId);
  const [tab, setTab] = useState<'talk' | 'log'>('talk');
  const [confirming, setConfirming] = useState(false);
  const [draft, setDraft] = useState('');
  const { run, busy } = useAct();
  const live = useIsLive();
  if (conversation === null) {
    return (
      <div className="conversation conversation-none">
        <EmptyState icon={<MessageCircle size={20} />} title={problem === null ? 'Reading the conversation…' : 'This session cannot be shown'}>
          {problem ?? 'One moment.'}
        </EmptyState>
      </div>
    );
  }
  const { session, quota } = conversation;
  const over = session.status === 'ended' || session.status === 'stopping';
  return (
    <section className="conversation" aria-label={`Session of ${session.userId}`}>
      <header className="conversation-head">
        <div className="conversation-who">
          <h2>{session.userId}</h2>
          <Badge tone={sessionTone(session.status)}>{sessionStatusText(session.status)}</Badge>
        </div>
        <div className="conversation-facts">
          <Chip title={session.agentPid === null ? '' : `pid ${session.agentPid}`}>{session.agentId ?? 'no agent yet'}</Chip>
          <Chip title="Template and tier">
            {session.template} · {session.tier}
          </Chip>
          {quota === undefined ? null : (
            <Chip title={`${quota.used} of ${quota.limit} turns of today used`}>
              {countText(quota.left)} of {countText(quota.limit)} turns left
            </Chip>
          )}
          {session.room === undefined ? null : <Chip title="LiveKit room of its voice agent">{session.room}</Chip>}
          {session.startupMs === null ? null : (
            <Chip title="From the request to an agent at hand">
              {session.prewarmed === true ? 'warm' : 'started'} in {durationText(session.startupMs)}
            </Chip>
          )}
        </div>
        <Tabs label="What to show" tabs={tabs} value={tab} onChange={setTab} panelId="conversation-panel" />
        {over ? null : (
          <Button size="small" look="quiet" icon={<CircleStop size={14} aria-hidden="true" />} disabled={!live || busy} onClick={() => setConfirming(true)}>
            End session
          </Button>
        )}
      </header>
      {session.error === undefined ? null : (
        <p className="conversation-error" role="alert">
          {session.error}
        </p>
      )}
      {quota === undefined || quota.warning === null || over ? null : (
        <p className={quota.left === 0 ? 'quota-warning quota-none' : 'quota-warning'} role="status">
          <StatusIcon tone={quota.left === 0 ? 'bad' : 'warn'} size={14} /> {quota.warning}
        </p>
      )}
      {tab === 'log' ? (
        <div className="conversation-log" id="conversation-panel" role="tabpanel">
          <SessionLog session={session} />
        </div>
      ) : (
        <>
          <Talk conversation={conversation} onSuggestion={setDraft} />
          {over ? (
            <p className="conversation-over">This session has ended. The same user gets a new one at the next start.</p>
          ) : (
            <Composer sessionId={session.id} waiting={session.status === 'waiting' || session.status === 'starting'} draft={draft} onDraft={setDraft} />
          )}
        </>
      )}
      {confirming ? (
        <ConfirmDialog
          title={`End the session of ${session.userId}?`}
          text="Its agent is given back, and turns that have not started are cancelled. What was said stays readable."
          confirm="End session"
          onConfirm={() => void run('session.stop', { sessionId: session.id }, 'The session was not ended')}
          onClose={() => setConfirming(false)}
        />
      ) : null}
    </section>
  );
}

function Talk({
  conversation,
  onSuggestion,
}: {
  readonly conversation: NonNullable<ReturnType<typeof useConversation>['conversation']>;
  readonly onSuggestion: (text: string) => void;
}) {
  const { session } = conversation;
  const turns = useMemo(() => [...conversation.turns].sort((left, right) => left.createdAt - right.createdAt), [conversation.turns]);
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const newest = turns.at(-1);
  const seen = useRef(newest?.id);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    // A new turn is always brought into view; growing text only for someone who reads at the end.
    if (atEnd.current || seen.current !== newest?.id) element.scrollTop = element.scrollHeight;
    seen.current = newest?.id;
  }, [newest]);
  const onScroll = (): void => {
    const element = box.current;
    if (element !== null) atEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < nearEndPx;
  };
  return (
    <div className="talk" id="conversation-panel" role="tabpanel" ref={box} onScroll={onScroll}>
      {session.status === 'waiting' || session.status === 'starting' ? <WaitingNote session={session} /> : null}
      {(conversation.earlier ?? 0) > 0 ? <EarlierTurns sessionId={session.id} earlier={conversation.earlier ?? 0} box={box} /> : null}
      {turns.length === 0 ? (
        <EmptyState icon={<MessageCircle size={20} />} title="Nothing said yet">
          Ask something below. The coordinator picks the arm that answers; your rating teaches it.
        </EmptyState>
      ) : (
        <ol className="turns" aria-label="Conversation">
          {turns.map((turn, index) => (
            <Turn
              key={turn.id}
              turn={turn}
              ahead={turns.slice(0, index).filter((earlier) => isTurnOpen(earlier.status)).length}
              newest={turn === newest}
              onSuggestion={onSuggestion}
            />
          ))}
        </ol>
      )}
    </div>
  );
}

function WaitingNote({ session }: { readonly session: SessionView }) {
  const hint = useWaitingHint(session.id);
  const nowMs = useNow();
  const waiting = session.status === 'waiting';
  // The session says where it stands now; what the host said at the start is older.
  const remainingMs = hint?.readyAtMs == null ? session.estimatedWaitMs : hint.readyAtMs - nowMs;
  const text = waitingText(session.position ?? hint?.position ?? null, remainingMs ?? null);
  return (
    <p className="waiting-note" role="status">
      <Badge tone={waiting ? 'warn' : 'busy'}>{waiting ? 'Waiting in line' : 'Agent starting'}</Badge>
      {text ?? (waiting ? 'All agents are taken. This session gets the next free one.' : 'A fresh agent is on its way.')}
    </p>
  );
}
