import { History } from 'lucide-react';
import { useEffect, useState } from 'react';
import { RoostError } from '../../../contract/errors.js';
import { type JobOutcome, type JobRecord, jobOutcomes } from '../../../contract/job-views.js';
import { useRoost } from '../../client/roost.js';
import { hrefTo } from '../../client/route.js';
import { outcomeTone } from '../../format/jobs.js';
import { none } from '../../format/numbers.js';
import { printable } from '../../format/printable.js';
import { dateText, durationText } from '../../format/time.js';
import { Badge } from '../../ui/Badge.js';
import { Button } from '../../ui/Button.js';
import { EmptyState } from '../../ui/EmptyState.js';
import { Segmented } from '../../ui/Tabs.js';

type Filter = JobOutcome | 'all';
interface Read {
  readonly records: readonly JobRecord[];
  readonly next: string | null;
  readonly oldestMs: number | null;
  readonly going: boolean;
  readonly problem: string | null;
}
const nothing: Read = { records: [], next: null, oldestMs: null, going: true, problem: null };
const pageSize = 50;

/** Finished jobs of seven days, also those that Redis no longer holds; more are read on demand. */
export function HistoryList({ queue }: { readonly queue: string }) {
  const { connection } = useRoost();
  const [filter, setFilter] = useState<Filter>('all');
  const [read, setRead] = useState<Read>(nothing);
  const [wanted, setWanted] = useState(pageSize);
  useEffect(() => {
    const abort = new AbortController();
    const more = async (records: readonly JobRecord[], cursor: string | undefined): Promise<void> => {
      const outcome = filter === 'all' ? {} : { outcome: filter };
      const answer = await connection.call(
        'job.history',
        { queue, limit: pageSize, ...outcome, ...(cursor === undefined ? {} : { cursor }) },
        { signal: abort.signal },
      );
      const all = [...records, ...answer.records];
      const going = answer.next !== null && all.length < wanted;
      setRead({ records: all, next: answer.next, oldestMs: answer.oldestMs, going, problem: null });
      // An answer may end early because it looked for long enough.
      if (going && answer.next !== null) await more(all, answer.next);
    };
    setRead(nothing);
    more([], undefined).catch((error: unknown) => {
      if (!abort.signal.aborted) setRead({ ...nothing, going: false, problem: error instanceof RoostError ? error.message : 'The history could not be read.' });
    });
    return () => abort.abort();
  }, [connection, queue, filter, wanted]);
  return (
    <div className="job-history">
      <div className="jobs-searched">
        <Segmented
          label="Outcome"
          options={(['all', ...jobOutcomes] as const).map((key) => ({ key, label: key }))}
          value={filter}
          onChange={(key) => {
            setFilter(key);
            setWanted(pageSize);
          }}
        />
        {read.oldestMs === null ? null : <span>written down since {dateText(read.oldestMs)}</span>}
      </div>
      {read.records.length === 0 ? (
        read.going || read.problem !== null ? (
          <p className="queue-quiet">{read.problem ?? 'Reading…'}</p>
        ) : (
          <EmptyState icon={<History size={20} />} title="Nothing in the history">
            Every finished job of the last seven days is written down here, across restarts.
          </EmptyState>
        )
      ) : (
        <div className="table-scroll">
          <table className="table job-table">
            <thead>
              <tr>
                <th scope="col">Job</th>
                <th scope="col">Outcome</th>
                <th scope="col">Ended</th>
                <th scope="col" className="num">
                  Waited
                </th>
                <th scope="col" className="num">
                  Ran
                </th>
                <th scope="col" className="num">
                  Tries
                </th>
                <th scope="col">Why</th>
              </tr>
            </thead>
            <tbody>
              {read.records.map((one) => (
                <tr key={`${one.id} ${one.endedAtMs}`} className="row">
                  <th scope="row">
                    <a className="job-name" href={hrefTo('queues', `${one.queue}/${one.id}`)}>
                      {one.name}
                      <small>{one.id}</small>
                    </a>
                  </th>
                  <td>
                    <Badge tone={outcomeTone(one.outcome)}>{one.outcome}</Badge>
                  </td>
                  <td title={one.worker ?? undefined}>{dateText(one.endedAtMs)}</td>
                  <td className="num">{durationText(one.waitMs)}</td>
                  <td className="num">{durationText(one.runMs)}</td>
                  <td className="num">{one.attempts}</td>
                  <td className="job-words">{one.error === null ? none : printable(one.error)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {read.next === null || read.going ? null : (
        <nav className="jobs-pages" aria-label="More of the history">
          <Button size="small" onClick={() => setWanted(wanted + 2 * pageSize)}>
            Show more
          </Button>
        </nav>
      )}
    </div>
  );
}
