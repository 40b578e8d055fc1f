import { MessagesSquare, RotateCw } from 'lucide-react';
import type { SessionView, SlotView } from '../../../contract/state.js';
import { useIsLive } from '../../client/roost.js';
import { hrefTo } from '../../client/route.js';
import { useAct } from '../../client/use-act.js';
import { useNow } from '../../client/use-now.js';
import { bytesText, countText, none } from '../../format/numbers.js';
import { ageText } from '../../format/time.js';
import { slotTone } from '../../format/tones.js';
import { slotStateText } from '../../format/wording.js';
import { Badge } from '../../ui/Badge.js';
import { Button } from '../../ui/Button.js';
import { matchingSlots } from './agent-filter.js';

export function AgentGrid({
  slots,
  sessions,
  query,
}: {
  readonly slots: readonly SlotView[];
  readonly sessions: readonly SessionView[];
  readonly query: string;
}) {
  const users = new Map(sessions.map(({ id, userId }) => [id, userId]));
  const shown = matchingSlots(slots, users, query);
  if (shown.length === 0) return <p className="agents-none">No agent matches.</p>;
  return (
    <ul className="agent-grid">
      {shown.map((slot) => (
        <AgentTile key={slot.agentId} slot={slot} user={slot.sessionId === null ? undefined : users.get(slot.sessionId)} />
      ))}
    </ul>
  );
}

function AgentTile({ slot, user }: { readonly slot: SlotView; readonly user: string | undefined }) {
  const nowMs = useNow();
  const live = useIsLive();
  const { run, busy } = useAct();
  const cpu = slot.cpuPercent == null ? none : `${Math.round(slot.cpuPercent)} %`;
  return (
    <li className={`agent-tile agent-${slot.state}`}>
      <header>
        <a className="agent-name" href={hrefTo('logs', slot.agentId)} title={slot.detail}>
          {slot.agentId}
        </a>
        <Badge tone={slotTone(slot.state)}>{slotStateText(slot.state)}</Badge>
      </header>
      <p className="agent-for">
        {slot.sessionId === null ? (
          <span>{slot.template}</span>
        ) : (
          <a href={hrefTo('sessions', slot.sessionId)}>
            <MessagesSquare size={13} aria-hidden="true" />
            <span className="agent-user">{user ?? slot.sessionId}</span>
          </a>
        )}
        <span className="agent-since" title="In this state for">
          {ageText(nowMs - slot.sinceMs)}
        </span>
      </p>
      <dl className="agent-facts">
        <div>
          <dt>Memory</dt>
          <dd>{bytesText(slot.rssBytes)}</dd>
        </div>
        <div>
          <dt>CPU</dt>
          <dd>{cpu}</dd>
        </div>
        <div>
          <dt>Age</dt>
          <dd>{slot.startedAtMs === undefined ? none : ageText(nowMs - slot.startedAtMs)}</dd>
        </div>
        <div>
          <dt>Turns</dt>
          <dd>{countText(slot.turns ?? 0)}</dd>
        </div>
      </dl>
      <Button
        size="small"
        look="quiet"
        icon={<RotateCw size={13} aria-hidden="true" />}
        aria-label={`Replace ${slot.agentId}`}
        title={slot.sessionId === null ? 'Replace it by a fresh one' : 'Replace it; its session goes on with a fresh one that is told what was said'}
        disabled={!live || busy || slot.state === 'closing'}
        onClick={() => void run('process.restart', { name: slot.agentId }, 'The agent was not replaced')}
      >
        Replace
      </Button>
    </li>
  );
}
