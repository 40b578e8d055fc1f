import type { HealthStatus, ProcessView, Reason, State } from '../contract/state.js';
import { healthOf, processOf, stateOf } from '../contract/test-state.js';

/** A process and a state for tests: everything well unless said otherwise. */
export const process = (name: string, change: Partial<ProcessView> = {}): ProcessView => processOf({ name, ...change });

export const exit = (cause: NonNullable<ProcessView['lastExit']>['cause'], message = 'killed by SIGKILL'): NonNullable<ProcessView['lastExit']> => ({
  atMs: 0,
  cause,
  code: null,
  signal: null,
  message,
});

export function state(options: { readonly status?: HealthStatus; readonly reasons?: readonly Reason[]; readonly processes?: readonly ProcessView[] }): State {
  const health = healthOf({ status: options.status ?? 'healthy', reasons: [...(options.reasons ?? [])] });
  return stateOf({ health, processes: [...(options.processes ?? [])] });
}
