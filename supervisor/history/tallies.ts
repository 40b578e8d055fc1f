import type { JobTotal, NameFigures, Quantiles } from '../../contract/job-views.js';
import { QuantileSketch } from '../../core/base/quantile-sketch.js';
import type { Ended } from '../../core/jobs/ended.js';
import { Rate } from './rate.js';

export const sliceMs = 5 * 60_000;
const hourMs = 3_600_000;
const keptSlices = 24;
export const keptMs = 7 * 24 * hourMs;
/** Names come from whoever adds jobs; past this many pairs of queue and name the rest is counted together. */
const maxPairs = 200;
export const otherName = 'other';

interface Tally {
  readonly queue: string;
  readonly name: string;
  completed: number;
  failed: number;
  cancelled: number;
  /** Counts while it is young; figures alone once it is over, which take a tenth of the room. */
  wait: QuantileSketch | Quantiles | null;
  run: QuantileSketch | Quantiles | null;
}

type Span = Map<string, Tally>;

export const quantilesOf = (of: QuantileSketch | Quantiles | null): Quantiles | null => {
  if (!(of instanceof QuantileSketch)) return of;
  const [p50, p95, p99] = [of.quantile(0.5), of.quantile(0.95), of.quantile(0.99)];
  return p50 === null || p95 === null || p99 === null ? null : { p50, p95, p99 };
};

/**
 * Jobs that ended, counted by queue and name: two hours in steps of five minutes, seven days by the hour. What it
 * holds does not grow with the number of jobs. Pure but for the time it is handed.
 */
export class JobTallies {
  readonly #slices = new Map<number, Span>();
  readonly #hours = new Map<number, Span>();
  readonly #pairs = new Set<string>();
  readonly #rates = new Map<string, Rate>();

  add(job: Ended, nowMs: number): void {
    // The clock of another machine may run ahead.
    const atMs = Math.min(job.t, nowMs);
    if (nowMs - atMs >= keptMs) return;
    const name = this.#nameOf(job.q, job.n);
    this.#count(this.#hours, Math.floor(atMs / hourMs) * hourMs, job, name);
    if (nowMs - atMs < keptSlices * sliceMs) this.#count(this.#slices, Math.floor(atMs / sliceMs) * sliceMs, job, name);
    const rate = this.#rates.get(job.q) ?? new Rate();
    this.#rates.set(job.q, rate);
    rate.add(atMs, job.o !== 'completed');
  }

  /** Jobs that ended in a minute, now: of the last one, or the average of five where that was none. */
  perMinute(queue: string, nowMs: number): { readonly all: number; readonly failed: number } {
    return this.#rates.get(queue)?.perMinute(nowMs) ?? { all: 0, failed: 0 };
  }

  /** Each name of a queue over the last hour, the busiest first. */
  names(queue: string, nowMs: number): NameFigures[] {
    const sums = new Map<string, Tally>();
    for (const [startMs, span] of this.#slices) {
      if (startMs <= nowMs - hourMs - sliceMs) continue;
      for (const tally of span.values()) if (tally.queue === queue) merge(sums, tally);
    }
    return [...sums.values()]
      .map(({ name, completed, failed, cancelled, wait, run }) => ({ name, completed, failed, cancelled, wait: quantilesOf(wait), run: quantilesOf(run) }))
      .sort((a, b) => b.completed + b.failed - a.completed - a.failed);
  }

  recent(queue: string): JobTotal[] {
    return totals(this.#slices, queue);
  }

  hours(queue: string): JobTotal[] {
    return totals(this.#hours, queue);
  }

  /** To call now and then: drops what is too old and turns counts of hours that are over into figures. */
  tidy(nowMs: number): void {
    for (const startMs of this.#slices.keys()) if (startMs <= nowMs - (keptSlices + 1) * sliceMs) this.#slices.delete(startMs);
    for (const [startMs, span] of this.#hours) {
      if (startMs <= nowMs - keptMs) this.#hours.delete(startMs);
      else if (startMs <= nowMs - 2 * hourMs) for (const tally of span.values()) [tally.wait, tally.run] = [quantilesOf(tally.wait), quantilesOf(tally.run)];
    }
  }

  toJSON(): unknown {
    const spans = (map: ReadonlyMap<number, Span>): unknown => [...map].map(([startMs, span]) => [startMs, [...span.values()]]);
    return { slices: spans(this.#slices), hours: spans(this.#hours) };
  }

  /** Out of a file that may hold anything; what does not fit is left out. */
  static from(value: unknown): JobTallies {
    const tallies = new JobTallies();
    const { slices, hours } = recordOf(value);
    tallies.#restore(tallies.#slices, slices);
    tallies.#restore(tallies.#hours, hours);
    return tallies;
  }

  #restore(map: Map<number, Span>, spans: unknown): void {
    for (const entry of Array.isArray(spans) ? spans : []) {
      const [startMs, list]: unknown[] = Array.isArray(entry) ? entry : [];
      if (typeof startMs !== 'number' || !Array.isArray(list)) continue;
      const span: Span = new Map();
      for (const raw of list) {
        const { queue, name, completed, failed, cancelled, wait, run } = recordOf(raw);
        if (typeof queue !== 'string' || typeof name !== 'string') continue;
        const kept = this.#nameOf(queue, name);
        span.set(`${queue}\0${kept}`, {
          queue,
          name: kept,
          completed: whole(completed),
          failed: whole(failed),
          cancelled: whole(cancelled),
          wait: figures(wait),
          run: figures(run),
        });
      }
      map.set(startMs, span);
    }
  }

  #count(map: Map<number, Span>, startMs: number, job: Ended, name: string): void {
    const span = map.get(startMs) ?? new Map<string, Tally>();
    map.set(startMs, span);
    const key = `${job.q}\0${name}`;
    const tally = span.get(key) ?? { queue: job.q, name, completed: 0, failed: 0, cancelled: 0, wait: new QuantileSketch(), run: new QuantileSketch() };
    span.set(key, tally);
    tally[job.o]++;
    if (job.w !== undefined && tally.wait instanceof QuantileSketch) tally.wait.add(job.w);
    if (job.r !== undefined && tally.run instanceof QuantileSketch) tally.run.add(job.r);
  }

  /** The name it is counted under: past the bound that of all the rest, so that it may label a metric. */
  labelOf(queue: string, name: string): string {
    return this.#nameOf(queue, name);
  }

  #nameOf(queue: string, name: string): string {
    const key = `${queue}\0${name}`;
    if (this.#pairs.has(key)) return name;
    if (this.#pairs.size >= maxPairs) return otherName;
    this.#pairs.add(key);
    return name;
  }
}

function merge(sums: Map<string, Tally>, tally: Tally): void {
  const sum = sums.get(tally.name) ?? { ...tally, completed: 0, failed: 0, cancelled: 0, wait: new QuantileSketch(), run: new QuantileSketch() };
  sums.set(tally.name, sum);
  for (const outcome of ['completed', 'failed', 'cancelled'] as const) sum[outcome] += tally[outcome];
  for (const kind of ['wait', 'run'] as const) {
    const [to, from] = [sum[kind], tally[kind]];
    if (to instanceof QuantileSketch && from instanceof QuantileSketch) to.merge(from);
  }
}

const totals = (map: ReadonlyMap<number, Span>, queue: string): JobTotal[] =>
  [...map]
    .sort(([a], [b]) => a - b)
    .flatMap(([startMs, span]) =>
      [...span.values()]
        .filter((tally) => tally.queue === queue)
        .map(({ name, completed, failed, cancelled, wait, run }) => ({
          startMs,
          queue,
          name,
          completed,
          failed,
          cancelled,
          waitMs: quantilesOf(wait),
          runMs: quantilesOf(run),
        })),
    );

const recordOf = (value: unknown): Readonly<Record<string, unknown>> => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {});
const whole = (value: unknown): number => (Number.isInteger(value) && Number(value) > 0 ? Number(value) : 0);

function figures(value: unknown): QuantileSketch | Quantiles | null {
  if (Array.isArray(value)) return QuantileSketch.from(value);
  const { p50, p95, p99 } = recordOf(value);
  return typeof p50 === 'number' && typeof p95 === 'number' && typeof p99 === 'number' ? { p50, p95, p99 } : null;
}
