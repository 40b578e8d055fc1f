import type { ExitCause } from '../../contract/state.js';

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
