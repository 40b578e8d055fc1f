import { useEffect, useState } from 'react';
import type { JobDetail, JobRow, JobState } from '../../../contract/job-views.js';
import { useRoost } from '../../client/roost.js';

/** The job of exactly this id, whatever state it is in; null while there is none. */
export function useExact(queue: string, text: string): JobDetail | null {
  const { connection, clock } = useRoost();
  const [job, setJob] = useState<JobDetail | null>(null);
  useEffect(() => {
    setJob(null);
    if (!/^[!-~]{1,256}$/.test(text)) return;
    const abort = new AbortController();
    const cancel = clock.after(250, () => {
      connection.call('job.get', { queue, id: text }, { signal: abort.signal }).then(
        (found) => setJob(found.job),
        // Most texts are no id.
        () => undefined,
      );
    });
    return () => {
      cancel();
      abort.abort();
    };
  }, [connection, clock, queue, text]);
  return job;
}

export interface Search {
  readonly jobs: readonly JobRow[];
  readonly looked: number;
  readonly of: number;
  readonly going: boolean;
}

const none: Search = { jobs: [], looked: 0, of: 0, going: false };
const pageSize = 100;
/** More nobody reads; a narrower text finds what is meant. */
export const maxFound = 300;

/** Looks through all jobs of a state for a text, step by step; what was found so far is shown meanwhile. */
export function useSearch(queue: string, state: JobState | null, text: string): Search {
  const { connection, clock } = useRoost();
  const [search, setSearch] = useState<Search>(none);
  useEffect(() => {
    setSearch(none);
    if (text === '' || state === null) return;
    const abort = new AbortController();
    const found = new Map<string, JobRow>();
    const step = async (from: number): Promise<void> => {
      const { jobs, searched } = await connection.call('queue.jobs', { queue, state, search: text, from, pageSize }, { signal: abort.signal });
      if (abort.signal.aborted || searched === null) return;
      for (const job of jobs) found.set(job.id, job);
      const going = searched.next !== null && found.size < maxFound;
      setSearch({ jobs: [...found.values()], looked: searched.looked, of: searched.of, going });
      if (going && searched.next !== null) await step(searched.next);
    };
    // Not at every key.
    const cancel = clock.after(250, () => {
      setSearch({ ...none, going: true });
      step(0).catch(() => {
        if (!abort.signal.aborted) setSearch((before) => ({ ...before, going: false }));
      });
    });
    return () => {
      cancel();
      abort.abort();
    };
  }, [connection, clock, queue, state, text]);
  return search;
}
