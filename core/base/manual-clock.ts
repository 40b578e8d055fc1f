import type { Clock, Timer } from './clock.js';

interface Pending {
  readonly id: number;
  atMs: number;
  readonly periodMs: number | undefined;
  readonly task: () => void;
}

/** A clock that moves only when told to; for tests. */
export class ManualClock implements Clock {
  #mono = 0;
  #wall: number;
  #nextId = 1;
  readonly #pending = new Map<number, Pending>();

  constructor(wallMs = 1_700_000_000_000) {
    this.#wall = wallMs;
  }

  wallMs(): number {
    return this.#wall;
  }

  monoMs(): number {
    return this.#mono;
  }

  after(delayMs: number, task: () => void): Timer {
    return this.#add(delayMs, undefined, task);
  }

  every(periodMs: number, task: () => void): Timer {
    return this.#add(periodMs, Math.max(1, periodMs), task);
  }

  get pendingTimers(): number {
    return this.#pending.size;
  }

  jumpWall(deltaMs: number): void {
    this.#wall += deltaMs;
  }

  /** Time in which this process stands still: what was due meanwhile comes once, late, when time moves on. */
  sleep(forMs: number): void {
    this.#mono += forMs;
    this.#wall += forMs;
  }

  /** Moves time forward, running due timers in order; promises settle between two timers. */
  async advance(deltaMs: number): Promise<void> {
    const end = this.#mono + deltaMs;
    await settle();
    for (;;) {
      const due = [...this.#pending.values()].filter((timer) => timer.atMs <= end).sort((a, b) => a.atMs - b.atMs || a.id - b.id)[0];
      if (due === undefined) break;
      const lateMs = Math.max(0, this.#mono - due.atMs);
      this.#wall += Math.max(0, due.atMs - this.#mono);
      this.#mono = Math.max(this.#mono, due.atMs);
      if (due.periodMs === undefined) this.#pending.delete(due.id);
      else due.atMs += due.periodMs * (1 + Math.floor(lateMs / due.periodMs));
      due.task();
      await settle();
    }
    this.#wall += end - this.#mono;
    this.#mono = end;
    await settle();
  }

  #add(delayMs: number, periodMs: number | undefined, task: () => void): Timer {
    if (!Number.isFinite(delayMs)) throw new RangeError(`a timer needs a finite delay, got ${delayMs}`);
    const id = this.#nextId++;
    this.#pending.set(id, { id, atMs: this.#mono + Math.max(0, delayMs), periodMs, task });
    return { cancel: () => void this.#pending.delete(id) };
  }
}

/** Lets promise chains of a realistic depth run to their end. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}
