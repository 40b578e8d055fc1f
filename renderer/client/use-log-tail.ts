import { useEffect, useState } from 'react';
import { emptyTail, type LogTail, withAnswer } from './log-lines.js';
import { longPoll, pollDeadlineMs, pollWaitMs } from './long-poll.js';
import { useIsLive, useRoost } from './roost.js';

/** The live log of one process; starts over after a reconnect, because another host numbers its lines anew. */
export function useLogTail(name: string, lines: number): { readonly tail: LogTail; readonly problem: string | null; readonly loading: boolean } {
  const { connection, clock } = useRoost();
  const live = useIsLive();
  const [tail, setTail] = useState<LogTail>(emptyTail);
  const [problem, setProblem] = useState<string | null>(null);
  const [loading, setLoading] = useState(true);

  useEffect(() => {
    if (!live) return;
    const stop = new AbortController();
    let current = emptyTail;
    let first = true;
    setTail(emptyTail);
    setLoading(true);
    void longPoll({
      clock,
      signal: stop.signal,
      // The first answer comes at once; the following ones wait for something new.
      ask: (signal) => {
        const position = first ? { waitMs: 0 } : { waitMs: pollWaitMs, afterSeq: current.nextAfterSeq ?? 0 };
        return connection.call('process.logs', { name, lines, ...position }, { signal, deadlineMs: pollDeadlineMs });
      },
      onAnswer: (answer) => {
        first = false;
        current = withAnswer(current, answer);
        setTail(current);
        setLoading(false);
        setProblem(null);
      },
      onFailure: (error) => {
        setLoading(false);
        setProblem(error instanceof Error ? error.message : String(error));
      },
    });
    return () => stop.abort();
  }, [connection, clock, live, name, lines]);

  return { tail, problem, loading };
}
