import type { ExitView } from '../../contract/state.js';
import type { Clock, Random } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';
import type { LifeRecord } from './life-record.js';
import type { RestartBudget } from './restart-budget.js';
import type { RestartDecision, RestartLimits } from './restart-policy.js';
import type { Incarnation, Launch, Launcher, ProcessKind, StopLadder } from './types.js';

export interface ProcessSpec {
  launch(): Launch | Promise<Launch>;
  /** Resolves when the child is proved to work; rejects when it cannot be. The signal aborts at the exit, a stop and the start timeout. */
  ready(incarnation: Incarnation, signal: AbortSignal): Promise<void>;
  /** From spawn to ready; the same again for what comes before the spawn, unless that has its own. */
  readonly startTimeoutMs: number;
  readonly prepareTimeoutMs?: number;
  readonly ladder?: Partial<StopLadder>;
  /** What must be there before a start is worth a try; waited for as long as it takes, and no failure of this process. */
  awaits?(signal: AbortSignal): Promise<void>;
  /** Before each spawn: bring back what the life before left unfinished. */
  beforeStart?(signal: AbortSignal): Promise<void>;
  /** The owner's own reading of an exit and, where it has rules of its own, what follows; the policy decides otherwise. */
  judge?(exit: ExitView): { readonly exit: ExitView; readonly decision?: RestartDecision };
  onReady?(incarnation: Incarnation): void;
  onExit?(exit: ExitView, incarnation: Incarnation | null): void;
}

export interface SupervisedProcessOptions {
  readonly name: string;
  readonly kind: ProcessKind;
  readonly required: boolean;
  readonly launcher: Launcher;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly spec: ProcessSpec;
  readonly limits?: RestartLimits;
  /** Its figures, where they outlive it. */
  readonly record?: LifeRecord;
  /** Shared by all processes: how many automatic restarts the whole of Roost may make. */
  readonly budget?: RestartBudget;
}
