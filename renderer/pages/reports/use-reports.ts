import { useEffect, useState } from 'react';
import { RoostError } from '../../../contract/errors.js';
import type { Result } from '../../../contract/methods.js';
import { useRoost } from '../../client/roost.js';

type Found = Result<'report.list'>;

const everyMs = 5_000;
const limit = 200;

/** The list, read again every few seconds while it is looked at; a failed reading keeps the last one. */
export function useReports(handler: string | null): { readonly found: Found | null; readonly problem: string | null } {
  const { connection } = useRoost();
  const [found, setFound] = useState<Found | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    const abort = new AbortController();
    const read = (): void => {
      connection.call('report.list', { limit, ...(handler === null ? {} : { handler }) }, { signal: abort.signal }).then(
        (answer) => {
          setFound(answer);
          setProblem(null);
        },
        (error: unknown) => {
          if (!abort.signal.aborted) setProblem(error instanceof RoostError ? error.message : 'The reports could not be read.');
        },
      );
    };
    read();
    const timer = setInterval(read, everyMs);
    return () => {
      clearInterval(timer);
      abort.abort();
    };
  }, [connection, handler]);
  return { found, problem };
}
