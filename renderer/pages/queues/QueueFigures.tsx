import { Users } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { Consumer, NameFigures, QueueBoard } from '../../../contract/job-views.js';
import { timeTicks } from '../../charts/buckets.js';
import { JobTotalsChart } from '../../charts/JobTotalsChart.js';
import { jobTotalsSeries } from '../../charts/jobTotalsSeries.js';
import { useNow } from '../../client/use-now.js';
import { useReading } from '../../client/use-reading.js';
import { countText, none } from '../../format/numbers.js';
import { ageText, durationText, shortClockText } from '../../format/time.js';
import { processTone } from '../../format/tones.js';
import { Badge } from '../../ui/Badge.js';
import { Card } from '../../ui/Card.js';
import { EmptyState } from '../../ui/EmptyState.js';
import { Segmented } from '../../ui/Tabs.js';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const spans = {
  recent: { label: '2 hours', windowMs: 2 * hourMs, stepMs: 5 * minuteMs, tickMs: 30 * minuteMs },
  hours: { label: '7 days', windowMs: 7 * dayMs, stepMs: hourMs, tickMs: dayMs },
} as const;
type Span = keyof typeof spans;

const dayText = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric' });

/** Throughput and latencies over time, by job name, and who consumes the queue. */
export function QueueFigures({ name, board }: { readonly name: string; readonly board: QueueBoard }) {
  const [span, setSpan] = useState<Span>('recent');
  const [only, setOnly] = useState<string | null>(null);
  const { value, problem } = useReading('queue.get', { queue: name }, 10_000);
  const nowMs = useNow(30_000);
  const { windowMs, stepMs, tickMs } = spans[span];
  const points = useMemo(() => jobTotalsSeries(value?.[span] ?? [], nowMs - windowMs, nowMs, stepMs, only), [value, span, nowMs, windowMs, stepMs, only]);
  const ticks = timeTicks(points[0]?.atMs ?? 0, points.at(-1)?.atMs ?? 0, tickMs);
  return (
    <div className="queue-figures">
      <Card
        title="Throughput and wait"
        hint={only ?? 'all job names'}
        className="queue-chart"
        actions={
          <Segmented label="Time" options={(Object.keys(spans) as Span[]).map((key) => ({ key, label: spans[key].label }))} value={span} onChange={setSpan} />
        }
      >
        {value === null ? (
          <p className="queue-quiet">{problem ?? 'Reading…'}</p>
        ) : (
          <JobTotalsChart points={points} ticks={ticks} tickText={span === 'recent' ? shortClockText : (atMs) => dayText.format(atMs)} />
        )}
      </Card>
      <div className="queue-side">
        <Card title="Latency by job" hint="last hour" flush>
          <Latencies names={board.names} only={only} onPick={(picked) => setOnly(picked === only ? null : picked)} />
        </Card>
        <Card title="Workers" flush>
          <Workers workers={board.workers} />
        </Card>
      </div>
    </div>
  );
}

function Latencies({ names, only, onPick }: { readonly names: readonly NameFigures[]; readonly only: string | null; readonly onPick: (name: string) => void }) {
  if (names.length === 0) return <p className="queue-quiet">No job of this queue ended in the last hour.</p>;
  return (
    <div className="table-scroll">
      <table className="table queue-latencies">
        <thead>
          <tr>
            <th scope="col">Job</th>
            <th scope="col" className="num">
              Done
            </th>
            <th scope="col" className="num">
              Failed
            </th>
            <th scope="col" className="num" title="p50 / p95 / p99">
              Wait p50 / 95 / 99
            </th>
            <th scope="col" className="num" title="p50 / p95 / p99">
              Run p50 / 95 / 99
            </th>
          </tr>
        </thead>
        <tbody>
          {names.map((one) => (
            <tr key={one.name} className="row">
              <th scope="row">
                <button
                  type="button"
                  className="text-link"
                  aria-pressed={only === one.name}
                  title="Show only these in the chart"
                  onClick={() => onPick(one.name)}
                >
                  {one.name}
                </button>
              </th>
              <td className="num">{countText(one.completed)}</td>
              <td className={one.failed > 0 ? 'num queue-failed' : 'num'}>{countText(one.failed)}</td>
              <td className="num">{three(one.wait)}</td>
              <td className="num">{three(one.run)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const three = (of: NameFigures['wait']): string => (of === null ? none : [of.p50, of.p95, of.p99].map(durationText).join(' / '));

function Workers({ workers }: { readonly workers: readonly Consumer[] }) {
  if (workers.length === 0)
    return (
      <EmptyState icon={<Users size={20} />} title="No worker">
        Nobody takes jobs out of this queue.
      </EmptyState>
    );
  return (
    <ul className="queue-workers">
      {workers.map((one) => (
        <li key={one.worker}>
          <Badge tone={tones.find((known) => known === one.state) === undefined ? 'idle' : processTone(one.state as (typeof tones)[number])}>{one.state}</Badge>
          <span className="queue-worker-name" title={one.worker}>
            {one.here ? one.worker.slice(one.worker.indexOf('.') + 1) : one.worker}
            <small>{one.here ? `pid ${one.pid ?? none}` : `${one.host}, pid ${one.pid ?? none}`}</small>
          </span>
          <span className="num">
            {countText(one.busy)} of {countText(one.concurrency)} busy
            <small>{one.ageMs === null ? '' : `heard ${ageText(one.ageMs)}`}</small>
          </span>
        </li>
      ))}
    </ul>
  );
}

const tones = ['stopped', 'starting', 'running', 'stopping', 'backoff', 'quarantined', 'failed'] as const;
