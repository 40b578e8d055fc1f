import { ChevronRight, CircleStop, Lightbulb, RefreshCw, Route } from 'lucide-react';
import { memo, useState } from 'react';
import type { TurnView } from '../../../contract/state.js';
import { TraceChart } from '../../charts/TraceChart.js';
import { traceSeries } from '../../charts/traceSeries.js';
import { useIsLive, useSlice } from '../../client/roost.js';
import { hrefTo } from '../../client/route.js';
import { useAct } from '../../client/use-act.js';
import { useNow } from '../../client/use-now.js';
import { useWaitingHint } from '../../client/waiting-hints.js';
import { askable } from '../../format/askable.js';
import { rewardText } from '../../format/numbers.js';
import { printable } from '../../format/printable.js';
import { ageText, clockText, dateText, durationText } from '../../format/time.js';
import { turnTone } from '../../format/tones.js';
import { waitingText } from '../../format/waiting.js';
import { armChoiceText, isTurnOpen, turnStatusText } from '../../format/wording.js';
import { Badge, Chip } from '../../ui/Badge.js';
import { Button } from '../../ui/Button.js';
import { RichText } from '../../ui/RichText.js';
import { ApprovalCard } from '../approvals/ApprovalCard.js';
import { Rating } from './Rating.js';
import { TurnFiles } from './TurnFiles.js';
import { TurnWork } from './TurnWork.js';

interface TurnProps {
  readonly turn: TurnView;
  /** Turns of this session that have to end first. */
  readonly ahead: number;
  readonly newest: boolean;
  readonly onSuggestion: (text: string) => void;
}

/** One request and its answer, with how it came about. */
export const Turn = memo(function Turn({ turn, ahead, newest, onSuggestion }: TurnProps) {
  const [traced, setTraced] = useState(false);
  const live = useIsLive();
  const { run, busy } = useAct();
  const open = isTurnOpen(turn.status);
  const { pending } = useSlice('approvals');
  const questions = open ? pending.filter(({ turnId }) => turnId === turn.id) : [];
  const arm = armChoiceText(turn);
  const next = turn.suggestion === null ? undefined : askable(turn.suggestion);
  return (
    <li className="turn">
      <div className="turn-prompt">
        <p>{printable(turn.prompt)}</p>
        <time title={dateText(turn.createdAt)}>{clockText(turn.createdAt)}</time>
      </div>
      <article className={`turn-answer turn-${turn.status}`} aria-busy={open}>
        {turn.note === undefined ? null : (
          <p className="turn-note">
            <RefreshCw size={13} aria-hidden="true" />
            <span>{printable(turn.note)}</span>
          </p>
        )}
        {turn.text === '' ? null : <RichText text={turn.text} />}
        {open ? <Progress turn={turn} ahead={ahead} /> : null}
        {turn.work == null ? null : <TurnWork work={turn.work} open={open} />}
        {questions.map((approval) => (
          <ApprovalCard key={approval.id} approval={approval} inPlace />
        ))}
        {turn.error === null ? null : (
          <p className="turn-error">
            <strong>{turn.error.code}</strong> {turn.error.message}
          </p>
        )}
        {turn.status === 'cancelled' && turn.text === '' ? <p className="turn-muted">Cancelled before there was an answer.</p> : null}
        <footer className="turn-foot">
          {turn.status === 'done' || open ? null : <Badge tone={turnTone(turn.status)}>{turnStatusText(turn.status)}</Badge>}
          {arm === null ? null : (
            <a
              className={`arm-chip arm-${turn.decisionKind ?? 'exploit'}`}
              href={hrefTo('coordinator', turn.id)}
              title="Arm, the probability it was picked with, and why; opens the decision"
            >
              <Route size={12} aria-hidden="true" />
              {arm}
            </a>
          )}
          {turn.provider === null ? null : <Chip title="Provider that served this answer">{turn.provider}</Chip>}
          {turn.attempts > 1 ? <Chip title="It was tried again after a failure">attempt {turn.attempts}</Chip> : null}
          {turn.timings.totalMs === null ? null : (
            <button type="button" className="turn-trace" aria-expanded={traced} onClick={() => setTraced(!traced)}>
              <ChevronRight size={13} className="row-chevron" aria-hidden="true" />
              {durationText(turn.timings.totalMs)}
            </button>
          )}
          {open && turn.trace.length > 0 ? (
            <button type="button" className="turn-trace" aria-expanded={traced} onClick={() => setTraced(!traced)}>
              <ChevronRight size={13} className="row-chevron" aria-hidden="true" />
              steps
            </button>
          ) : null}
          <span className="turn-gap" />
          {open ? (
            <Button
              size="small"
              look="quiet"
              icon={<CircleStop size={14} aria-hidden="true" />}
              disabled={!live || busy}
              onClick={() => void run('turn.cancel', { id: turn.id }, 'The turn was not cancelled')}
            >
              Cancel
            </Button>
          ) : null}
          {turn.reward === null ? null : (
            <span className="turn-reward" title="What the coordinator learned from this turn, 0 to 1">
              reward {rewardText(turn.reward)}
            </span>
          )}
          {turn.status === 'done' ? <Rating turnId={turn.id} value={turn.rating} /> : null}
        </footer>
        {!open && turn.trace.some(({ step }) => step === 'file') ? <TurnFiles turnId={turn.id} /> : null}
        {traced ? <Timeline turn={turn} /> : null}
      </article>
      {turn.suggestion === null || turn.suggestion === '' ? null : (
        <div className={newest ? 'suggestion' : 'suggestion suggestion-old'}>
          <Lightbulb size={15} aria-hidden="true" />
          <p>
            <span className="visually-hidden">The coach suggests: </span>
            {printable(turn.suggestion)}
          </p>
          {next === undefined ? null : (
            <Button size="small" look="quiet" onClick={() => onSuggestion(next)}>
              Use
            </Button>
          )}
        </div>
      )}
    </li>
  );
});

function Progress({ turn, ahead }: { readonly turn: TurnView; readonly ahead: number }) {
  const nowMs = useNow(500);
  const hint = useWaitingHint(turn.id);
  const elapsed = ageText(nowMs - turn.createdAt);
  const queued = waitingText(ahead > 0 ? ahead + 1 : null, hint?.readyAtMs == null ? null : hint.readyAtMs - nowMs);
  const text =
    turn.status === 'queued'
      ? (queued ?? 'Waiting for a worker')
      : turn.status === 'waiting-human'
        ? (turn.progress ?? 'The agent waits for your decision')
        : (turn.progress ?? 'Working');
  return (
    <p className="turn-progress" role="status">
      <Badge tone={turnTone(turn.status)}>{turnStatusText(turn.status)}</Badge>
      <span>{text}</span>
      <span className="turn-elapsed">{elapsed}</span>
    </p>
  );
}

function Timeline({ turn }: { readonly turn: TurnView }) {
  const nowMs = useNow(isTurnOpen(turn.status) ? 250 : 60_000);
  return (
    <div className="turn-timeline">
      <TraceChart trace={traceSeries(turn, nowMs)} />
      <p className="turn-id">
        Turn <code>{turn.id}</code>
      </p>
    </div>
  );
}
