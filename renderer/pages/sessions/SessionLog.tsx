import { useEffect, useState } from 'react';
import type { SessionView } from '../../../contract/state.js';
import { useIsLive, useRoost } from '../../client/roost.js';
import { hrefTo } from '../../client/route.js';
import { printable } from '../../format/printable.js';
import { sessionFacts } from '../../format/session-facts.js';

const lines = 500;
const everyMs = 2_000;

/** What the agent of this session has logged; asked again every two seconds while it is looked at. */
export function SessionLog({ session }: { readonly session: SessionView }) {
  const { connection, clock } = useRoost();
  const live = useIsLive();
  const [log, setLog] = useState<readonly string[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);

  useEffect(() => {
    if (!live) return;
    const stop = new AbortController();
    let cancel = (): void => {};
    const ask = async (): Promise<void> => {
      try {
        const answer = await connection.call('session.logs', { id: session.id, lines }, { signal: stop.signal });
        if (stop.signal.aborted) return;
        setLog(answer.lines);
        setProblem(null);
      } catch (error) {
        if (stop.signal.aborted) return;
        setProblem(error instanceof Error ? error.message : String(error));
      }
      cancel = clock.after(everyMs, () => void ask());
    };
    void ask();
    return () => {
      stop.abort();
      cancel();
    };
  }, [connection, clock, live, session.id]);

  const facts = sessionFacts(session);
  return (
    <div className="session-log">
      {facts.length === 0 ? null : (
        <dl className="session-facts">
          {facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      {problem === null ? null : <p className="log-problem">{problem}</p>}
      {session.agentId === null ? null : (
        <p className="session-log-hint">
          The last {lines} lines of this session.{' '}
          <a className="text-link" href={hrefTo('logs', session.agentId)}>
            Live log of {session.agentId}
          </a>
        </p>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region has to be reachable by keyboard */}
      <pre className="session-log-text" role="log" aria-live="off" tabIndex={0} aria-label="Agent log">
        {log === null ? 'Reading the log…' : log.length === 0 ? 'The agent has not written anything for this session yet.' : log.map(printable).join('\n')}
      </pre>
    </div>
  );
}
