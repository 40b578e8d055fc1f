import { useMemo } from 'react';
import type { QueueBoard } from '../../../contract/job-views.js';
import type { QueueView, Sample } from '../../../contract/state.js';
import { useScreen } from '../../client/roost.js';
import { hrefTo } from '../../client/route.js';
import { clearText, queueMarks, rateText } from '../../format/jobs.js';
import { countText, none } from '../../format/numbers.js';
import { durationText } from '../../format/time.js';
import { Badge } from '../../ui/Badge.js';
import { Sparkline } from '../../ui/Sparkline.js';

const everyMs = 5_000;
const points = 120;

export const emptyBoard: QueueBoard = { paused: false, perMinute: 0, failedPerMinute: 0, clearMs: null, unconsumed: false, names: [], workers: [] };

/** Every queue on one line. */
export function QueueTable({
  queues,
  boards,
}: {
  readonly queues: Readonly<Record<string, QueueView>>;
  readonly boards: Readonly<Record<string, QueueBoard>>;
}) {
  const samples = useScreen((screen) => screen.samples);
  const thinned = useMemo(
    () => samples.filter((sample, index) => Math.floor(sample.atMs / everyMs) !== Math.floor((samples[index - 1]?.atMs ?? 0) / everyMs)).slice(-points),
    [samples],
  );
  return (
    <div className="table-box table-scroll queues-box">
      <table className="table queue-table">
        <thead>
          <tr>
            <th scope="col">Queue</th>
            <th scope="col">Depth</th>
            <th scope="col" className="num">
              Waiting
            </th>
            <th scope="col" className="num">
              Active
            </th>
            <th scope="col" className="num">
              Delayed
            </th>
            <th scope="col" className="num">
              Failed
            </th>
            <th scope="col" className="num">
              Oldest
            </th>
            <th scope="col" className="num">
              Rate
            </th>
            <th scope="col" className="num" title="Until what waits is done at the present rate">
              Time to clear
            </th>
            <th scope="col" className="num">
              Workers
            </th>
          </tr>
        </thead>
        <tbody>
          {Object.entries(queues).map(([name, view]) => (
            <QueueRow key={name} name={name} view={view} board={boards[name] ?? emptyBoard} samples={thinned} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function QueueRow({
  name,
  view,
  board,
  samples,
}: {
  readonly name: string;
  readonly view: QueueView;
  readonly board: QueueBoard;
  readonly samples: readonly Sample[];
}) {
  const depth = samples.map((sample) => {
    const one = sample.queues[name];
    return one === undefined ? null : one.waiting + one.active;
  });
  return (
    <tr className="row">
      <th scope="row">
        <a className="queue-name" href={hrefTo('queues', name)}>
          {name}
        </a>
        {queueMarks(view, board).map((mark) => (
          <Badge key={mark.text} tone={mark.tone}>
            {mark.text}
          </Badge>
        ))}
      </th>
      <td className="queue-trend">
        <Sparkline values={depth} />
      </td>
      <td className="num strong">{countText(view.waiting)}</td>
      <td className="num">{countText(view.active)}</td>
      <td className="num">{countText(view.delayed)}</td>
      <td className={view.failed > 0 ? 'num queue-failed' : 'num'}>{countText(view.failed)}</td>
      <td className="num">{view.waiting === 0 ? none : durationText(view.oldestWaitingMs)}</td>
      <td className="num" title={board.failedPerMinute > 0 ? `${rateText(board.failedPerMinute)} of them failed` : undefined}>
        {rateText(board.perMinute)}
      </td>
      <td className="num">{clearText(view, board)}</td>
      <td className="num">{countText(view.workers)}</td>
    </tr>
  );
}
