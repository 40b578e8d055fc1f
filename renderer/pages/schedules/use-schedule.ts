import { useEffect, useState } from 'react';
import { RoostError } from '../../../contract/errors.js';
import type { RunView, ScheduleDraft, ScheduleView } from '../../../contract/schedules.js';
import { useRoost } from '../../client/roost.js';

interface Found {
  readonly draft: ScheduleDraft | null;
  /** Newest first; null until the first answer. */
  readonly runs: readonly RunView[] | null;
  readonly problem: string | null;
}

/** The entry and the history of one schedule, asked for again whenever something about it has changed. */
export function useSchedule(schedule: Pick<ScheduleView, 'name' | 'revision' | 'lastRun' | 'open' | 'state'>, limit: number): Found {
  const { connection } = useRoost();
  const [found, setFound] = useState<Found>({ draft: null, runs: null, problem: null });
  const { name } = schedule;
  const mark = `${schedule.revision} ${schedule.state} ${schedule.open} ${schedule.lastRun?.id ?? ''} ${schedule.lastRun?.outcome ?? ''}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the mark stands for everything that may have changed
  useEffect(() => {
    let wanted = true;
    connection.call('schedule.get', { name, limit }).then(
      ({ draft, runs }) => wanted && setFound({ draft, runs, problem: null }),
      (error: unknown) =>
        wanted && setFound((before) => ({ ...before, problem: error instanceof RoostError ? error.message : 'Something went wrong in this screen.' })),
    );
    return () => {
      wanted = false;
    };
  }, [connection, name, limit, mark]);
  return found;
}
