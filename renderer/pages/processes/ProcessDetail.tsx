import type { ProcessView } from '../../../contract/state.js';
import { useLogTail } from '../../client/use-log-tail.js';
import { useNow } from '../../client/use-now.js';
import { countText, none } from '../../format/numbers.js';
import { agoText, dateText, durationText } from '../../format/time.js';
import { exitText, latelyText } from '../../format/wording.js';
import { LogView } from '../../ui/LogView.js';

const logLines = 500;

/** What is known of one process, with its live log. */
export function ProcessDetail({ process }: { readonly process: ProcessView }) {
  const nowMs = useNow();
  const { tail, loading, problem } = useLogTail(process.name, logLines);
  const { lastExit } = process;
  const lately = latelyText(process);
  return (
    <div className="process-detail">
      <dl className="detail-facts">
        <div>
          <dt>Last exit</dt>
          <dd>
            {lastExit === null ? (
              'none in this run'
            ) : (
              <>
                <span title={dateText(lastExit.atMs)}>
                  {exitText(lastExit)}, {agoText(nowMs - lastExit.atMs)}
                </span>
                {lastExit.message === '' ? null : <small>{lastExit.message}</small>}
                {lastExit.lastLine === undefined || lastExit.message.includes(lastExit.lastLine) ? null : <small className="mono">{lastExit.lastLine}</small>}
              </>
            )}
          </dd>
        </div>
        <div>
          <dt>Started</dt>
          <dd>{process.startedAtMs === null ? none : dateText(process.startedAtMs)}</dd>
        </div>
        <div>
          <dt>Ready after</dt>
          <dd>{process.startedAtMs === null || process.readyAtMs === null ? none : durationText(process.readyAtMs - process.startedAtMs)}</dd>
        </div>
        <div>
          <dt>Start number</dt>
          <dd>{countText(process.incarnation)}</dd>
        </div>
        <div>
          <dt>Restarts</dt>
          <dd>
            {countText(process.restarts)} by Roost, {countText(process.manualRestarts)} by a person
            <small>{lately}</small>
          </dd>
        </div>
        <div>
          <dt title="Mean running time between failures, today and the seven days before it">MTBF</dt>
          <dd>{process.mtbfMs === null ? 'no failure lately' : durationText(process.mtbfMs)}</dd>
        </div>
        {typeof process.statusAgeMs === 'number' ? (
          <div>
            <dt>Last sign of life</dt>
            <dd>{agoText(process.statusAgeMs)}</dd>
          </div>
        ) : null}
      </dl>
      <LogView name={process.name} tail={tail} loading={loading} problem={problem} />
    </div>
  );
}
