import type { Config } from '../../contract/config.js';
import type { ArmConfig, ArmStates, DecisionKind } from './types.js';

export type CoordinatorConfig = Config['coordinator'];
export type KindCounts = Readonly<Record<DecisionKind, number>>;

/** One reading of the whole state. */
export interface Snapshot {
  readonly arms: readonly ArmConfig[];
  readonly states: ArmStates;
  readonly kinds: Readonly<Record<string, KindCounts>>;
  readonly lastRewardAt: Readonly<Record<string, number | null>>;
  readonly totals: KindCounts;
  readonly settled: number;
  readonly version: number;
  readonly pending: number;
}
