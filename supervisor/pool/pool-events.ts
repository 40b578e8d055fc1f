import type { ExitCause, ExitView } from '../../contract/state.js';
import type { Slot } from './slot.js';

export interface AgentDied {
  readonly kind: 'agent-died';
  readonly agentId: string;
  readonly template: string;
  readonly message: string;
  readonly cause: ExitCause;
  /** When one that was found frozen was last seen to work. */
  readonly lastSignAtMs?: number;
}

/** What the pool has to tell others. */
export type PoolEvent =
  | { readonly kind: 'memory-short' | 'memory-ample'; readonly message: string }
  | { readonly kind: 'start-failed'; readonly agentId: string; readonly template: string; readonly message: string }
  | AgentDied
  | { readonly kind: 'suspended' | 'recovered'; readonly template: string; readonly message: string };

/** Of an agent that was ready and ended without anybody's wish. */
export function agentDied({ name, template, agent }: Slot, { message, cause }: ExitView): AgentDied {
  const lastSignAtMs = agent?.sign.fixedAtMs;
  return { kind: 'agent-died', agentId: name, template, message, cause, ...(lastSignAtMs === undefined ? {} : { lastSignAtMs }) };
}
