import type { LiveArm, LiveChanges, LiveSettings } from './live-settings.js';
import type { Bucket } from './memory.js';
import type { ArmConfig, ArmStates, DecisionKind, LinearState } from './types.js';

export type { CoordinatorConfig } from './live-settings.js';
export type KindCounts = Readonly<Record<DecisionKind, number>>;

export interface SnapshotArm extends ArmConfig {
  /** Joined after the warm-up began: it has a warm-up of its own and a lighter prior. */
  readonly latecomer: boolean;
}

/** One reading of the whole state. Arms go by their names, whatever they are called in Redis. */
export interface Snapshot {
  readonly settings: LiveSettings;
  readonly changes: LiveChanges;
  readonly arms: readonly SnapshotArm[];
  readonly live: Readonly<Record<string, LiveArm>>;
  /** All-time sums with pulls, the same by intent. */
  readonly states: ArmStates;
  readonly cells: Readonly<Record<string, ArmStates>>;
  readonly linear: Readonly<Record<string, LinearState>>;
  /** The kept buckets, and at -1 what is older. */
  readonly buckets: readonly Bucket[];
  readonly kinds: Readonly<Record<string, KindCounts>>;
  readonly lastRewardAt: Readonly<Record<string, number | null>>;
  readonly totals: KindCounts;
  /** Settled pulls in all, and since everything was last reset. */
  readonly settled: number;
  readonly sinceReset: number;
  readonly version: number;
  readonly pending: number;
  /** Places of the known intents. */
  readonly intents: ReadonlyMap<string, number>;
  /** Average latency of the last turns, null before the first. */
  readonly latencyMs: number | null;
}
