import type { TurnView } from '../contract/state.js';
import { workedMs } from '../contract/turn-timings.js';

const windowMs = 5 * 60_000;
const medianWindowMs = 60_000;
const most = 20_000;

interface Ended {
  readonly atMonoMs: number;
  readonly failed: boolean;
  readonly totalMs: number | null;
}

/** Turns that ended in the last five minutes: error rate, rate per second, median latency. */
export class TurnStats {
  #ended: Ended[] = [];
  #done = 0;
  #failed = 0;

  /** A cancelled turn is a person's wish, neither a success nor a failure. */
  add(turn: TurnView, monoMs: number): void {
    if (turn.status !== 'done' && turn.status !== 'failed') return;
    const failed = turn.status === 'failed';
    this.#ended.push({ atMonoMs: monoMs, failed, totalMs: workedMs(turn.timings) });
    if (this.#ended.length > most) this.#ended.shift();
    if (failed) this.#failed += 1;
    else this.#done += 1;
  }

  /** Ended since the last call: one point of a chart. */
  take(): { readonly done: number; readonly failed: number } {
    const taken = { done: this.#done, failed: this.#failed };
    this.#done = 0;
    this.#failed = 0;
    return taken;
  }

  recent(monoMs: number): { readonly done: number; readonly failed: number; readonly p50Ms: number | null } {
    this.#ended = this.#ended.filter((one) => monoMs - one.atMonoMs <= windowMs);
    const failed = this.#ended.filter((one) => one.failed).length;
    const latencies = this.#ended
      .flatMap((one) => (monoMs - one.atMonoMs <= medianWindowMs && one.totalMs !== null ? [one.totalMs] : []))
      .sort((a, b) => a - b);
    return { done: this.#ended.length - failed, failed, p50Ms: latencies[Math.floor(latencies.length / 2)] ?? null };
  }
}
