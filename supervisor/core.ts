import type { Config } from '../contract/config.js';
import type { MethodName, Params, Result } from '../contract/methods.js';
import type { Activity, Health, TurnView } from '../contract/state.js';
import type { StateStore } from './state/state-store.js';

/** One handler per method of the contract: a method without one does not compile. */
export type Handlers = { readonly [M in MethodName]: (params: Params<M>, signal: AbortSignal) => Promise<Result<M>> };

/** The product without a window, as a door sees it. Built by `createSupervisor` in supervisor.ts. */
export interface RoostCore {
  readonly handlers: Handlers;
  readonly state: StateStore;
  /** The settings in force; read again at each use, since they may change while running. */
  readonly settings: Config;
  /** Every new line of the activity list; doors turn some into notifications. */
  onActivity(listener: (activity: Activity) => void): () => void;
  /** Everything that happens to one turn from now on, the current record first. */
  onTurn(turnId: string, listener: (turn: TurnView) => void): () => void;
  /** Prometheus text format. */
  metricsText(): Promise<string>;
  health(): Health;
  /** True once every required process is up and proved to work. */
  ready(): boolean;
  /** Resolves when every required process is ready; rejects with a RoostError when the start has failed for good. */
  start(): Promise<void>;
  /** Told by the door once its listener is open (null when it closed): part of health. `moved` says in a sentence why it is not where it was wished. */
  apiOpened(url: string | null, moved?: string | null): void;
  /** Who listens on a TCP port of this machine and what to do about it, in words; null when that cannot be known. */
  portHolder(port: number): Promise<string | null>;
  /** The machine is about to sleep, or is awake again: nothing that stood still meanwhile is to blame. Both may come twice or alone. */
  suspended(): void;
  resumed(): void;
  /** Drains up to `drainMs`, then stops everything in reverse order. Idempotent; a second call with a smaller budget shortens the first. */
  stop(reason: string, drainMs: number): Promise<void>;
}
