import { type KillStage, killPlan, performKill, sendSignal, snapshotDescendants } from './tree.js';
import type { Identity } from './types.js';

/** One child and all that it started: looked at while it hangs together, signalled as a whole. */
export class ChildTree {
  /** Whether the child leads a process group of its own; known once it was spawned. */
  readonly #leads: () => boolean;
  #pid: number | null = null;
  #snapshot: readonly Identity[] = [];

  constructor(leads: () => boolean) {
    this.#leads = leads;
  }

  /** What was seen of it so far, the newest look first. */
  get snapshot(): readonly Identity[] {
    return this.#snapshot;
  }

  known(pid: number): void {
    this.#pid = pid;
  }

  /** Rejects when the system does not let us look. */
  async look(): Promise<void> {
    const pid = this.#pid;
    if (pid === null) return;
    const now = await snapshotDescendants(pid);
    const known = new Set(now.map(keyOf));
    this.#snapshot = [...now, ...this.#snapshot.filter((identity) => !known.has(keyOf(identity)))];
  }

  /** Only while the exit is not seen: after it the pid is free for anyone. */
  signal(stage: KillStage, termSignal?: NodeJS.Signals): void {
    if (this.#pid === null) return;
    performKill(
      killPlan({
        platform: process.platform,
        stage,
        rootPid: this.#pid,
        leadsGroup: this.#leadsGroup,
        descendants: this.#snapshot,
        ownPid: process.pid,
        ...(termSignal === undefined ? {} : { termSignal }),
      }),
    );
  }

  /** In the same turn as the exit: the group's number cannot have passed to anyone else yet. */
  exited(): void {
    if (this.#pid !== null && this.#leadsGroup) sendSignal(-this.#pid, 'SIGKILL');
  }

  get #leadsGroup(): boolean {
    return process.platform !== 'win32' && this.#leads();
  }
}

const keyOf = ({ pid, startedAt }: Identity): string => `${pid} ${startedAt}`;
