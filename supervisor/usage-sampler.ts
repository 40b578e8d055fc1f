import type { Clock } from '../core/base/clock.js';
import { sampleUsage } from './process/usage.js';

export interface Usage {
  readonly rssBytes: number;
  readonly cpuPercent: number | null;
  readonly cpuMs: number;
}

/** Turns the kernel's CPU totals of process trees into percentages between two looks. */
export class UsageSampler {
  readonly #clock: Clock;
  #last = new Map<number, { readonly cpuMs: number; readonly atMonoMs: number }>();

  constructor(options: { readonly clock: Clock }) {
    this.#clock = options.clock;
  }

  /** Memory and CPU of the trees under `pids`; a pid that cannot be measured is left out. */
  async sample(pids: readonly number[]): Promise<ReadonlyMap<number, Usage>> {
    const found = await sampleUsage(pids);
    const now = this.#clock.monoMs();
    const next = new Map<number, { cpuMs: number; atMonoMs: number }>();
    const usages = new Map<number, Usage>();
    for (const [pid, { rssBytes, cpuMs }] of found) {
      const before = this.#last.get(pid);
      const elapsedMs = before === undefined ? 0 : now - before.atMonoMs;
      // A tree that lost a child has a smaller total than before: that is not negative work.
      const cpuPercent = before === undefined || elapsedMs < 100 ? null : (Math.max(0, cpuMs - before.cpuMs) / elapsedMs) * 100;
      next.set(pid, { cpuMs, atMonoMs: now });
      usages.set(pid, { rssBytes, cpuMs, cpuPercent });
    }
    this.#last = next;
    return usages;
  }
}
