import type { Config } from '../../contract/config.js';
import { formatBytes, formatDuration } from '../../contract/quantities.js';

export type WearLimits = Config['templates'][string]['recycle'];

/** Why an agent has served long enough, the first limit of its template that it reached; null while it has not. `rssBytes` is null until it was measured. */
export function wear(limits: WearLimits, agent: { readonly turns: number; readonly ageMs: number; readonly rssBytes: number | null }): string | null {
  if (agent.turns >= limits.afterTurns) return `it has taken ${agent.turns} turns`;
  if (agent.ageMs >= limits.after) return `it is ${formatDuration(limits.after)} old`;
  if (agent.rssBytes !== null && agent.rssBytes > limits.memory) return `it uses more than ${formatBytes(limits.memory)}`;
  return null;
}
