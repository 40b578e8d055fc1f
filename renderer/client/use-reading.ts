import { useEffect, useState } from 'react';
import { RoostError } from '../../contract/errors.js';
import type { MethodName, ParamsInput, Result } from '../../contract/methods.js';
import { useRoost, useScreen } from './roost.js';
import { useSeen } from './use-seen.js';

export interface Reading<M extends MethodName> {
  readonly value: Result<M> | null;
  readonly problem: string | null;
  /** Reads at once, after an act. */
  readonly again: () => void;
}

/** Reads something now and every `everyMs` while somebody can see it and the connection is live; the last answer stays until the next. */
export function useReading<M extends MethodName>(method: M, params: ParamsInput<M>, everyMs: number): Reading<M> {
  const { connection, clock } = useRoost();
  const live = useScreen((screen) => screen.connection.kind === 'live');
  const seen = useSeen();
  const key = JSON.stringify(params);
  const [state, setState] = useState<{ readonly key: string; readonly value: Result<M> | null; readonly problem: string | null }>({
    key,
    value: null,
    problem: null,
  });
  const [round, setRound] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the parameters are compared by their text, and a round asks anew
  useEffect(() => {
    if (!live || !seen) return;
    const abort = new AbortController();
    let cancel = (): void => {};
    const read = (): void => {
      connection
        .call(method, params, { signal: abort.signal })
        .then(
          (value) => setState({ key, value, problem: null }),
          (error: unknown) => {
            if (!abort.signal.aborted) setState({ key, value: null, problem: error instanceof RoostError ? error.message : 'It could not be read.' });
          },
        )
        .finally(() => {
          if (!abort.signal.aborted) cancel = clock.after(everyMs, read);
        });
    };
    read();
    return () => {
      abort.abort();
      cancel();
    };
  }, [connection, clock, method, key, everyMs, live, seen, round]);
  const current = state.key === key;
  return { value: current ? state.value : null, problem: current ? state.problem : null, again: () => setRound((count) => count + 1) };
}
