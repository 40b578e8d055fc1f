import { useEffect, useState } from 'react';
import { emptyTail, type LogTail } from './log-lines.js';
import { useIsLive, useRoost } from './roost.js';

export interface LogHistory {
  readonly tail: LogTail;
  readonly problem: string | null;
  readonly loading: boolean;
  /** Not everything that fits the question is shown. */
  readonly partial: boolean;
}

const nothing: LogHistory = { tail: emptyTail, problem: null, loading: true, partial: false };
const askedLines = 5_000;
/** Every letter typed would read the files again. */
const typingMs = 250;

/** What one process wrote since then, also in earlier runs and turned-over files; asked once, and again when the question changes. */
export function useLogHistory(name: string, since: string | null, search: string): LogHistory {
  const { connection, clock } = useRoost();
  const live = useIsLive();
  const [history, setHistory] = useState(nothing);
  const wanted = search.trim().slice(0, 200);

  useEffect(() => {
    if (!live || since === null) return;
    const stop = new AbortController();
    setHistory((before) => ({ ...before, loading: true }));
    const ask = async (): Promise<void> => {
      try {
        const params = { name, lines: askedLines, since, ...(wanted === '' ? {} : { search: wanted }) };
        const { lines, truncated } = await connection.call('process.logs', params, { signal: stop.signal, deadlineMs: 10_000 });
        if (!stop.signal.aborted)
          setHistory({ tail: { lines, dropped: 0, nextAfterSeq: null }, problem: null, loading: false, partial: truncated || lines.length >= askedLines });
      } catch (error) {
        if (!stop.signal.aborted) setHistory({ ...nothing, loading: false, problem: error instanceof Error ? error.message : String(error) });
      }
    };
    const cancel = clock.after(typingMs, () => void ask());
    return () => {
      cancel();
      stop.abort();
    };
  }, [connection, clock, live, name, since, wanted]);

  return history;
}
