import { useEffect, useState } from 'react';
import type { Result } from '../../contract/methods.js';
import { longPoll, pollDeadlineMs, pollWaitMs } from './long-poll.js';
import { useIsLive, useRoost } from './roost.js';
import { useSeen } from './use-seen.js';

export type Conversation = Result<'session.conversation'>;

/** Everything said in one session, renewed as it happens while somebody can see it; null until the first answer. */
export function useConversation(sessionId: string): { readonly conversation: Conversation | null; readonly problem: string | null } {
  const { connection, clock } = useRoost();
  const live = useIsLive();
  const seen = useSeen();
  const [conversation, setConversation] = useState<Conversation | null>(null);
  const [problem, setProblem] = useState<string | null>(null);

  useEffect(() => {
    if (!live || !seen) return;
    const stop = new AbortController();
    let version: number | null = null;
    setProblem(null);
    void longPoll({
      clock,
      signal: stop.signal,
      ask: (signal) =>
        connection.call('session.conversation', version === null ? { id: sessionId } : { id: sessionId, version, waitMs: pollWaitMs }, {
          signal,
          deadlineMs: pollDeadlineMs,
        }),
      onAnswer: (answer) => {
        version = answer.version;
        setConversation(answer);
        setProblem(null);
      },
      onFailure: (error) => setProblem(error instanceof Error ? error.message : String(error)),
    });
    return () => stop.abort();
  }, [connection, clock, live, seen, sessionId]);

  return { conversation, problem };
}
