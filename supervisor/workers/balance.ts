/** One queue of a worker, as far as sharing its slots goes. */
export interface QueueLoad {
  readonly queue: string;
  readonly slots: number;
  /** What the config gives it. */
  readonly configured: number;
  readonly waiting: number;
  /** How long one of its jobs runs, in ms. */
  readonly runMs: number;
}

export interface Shift {
  readonly from: string;
  readonly to: string;
}

/** Until what waits is done with so many slots, in ms. */
const clearMs = ({ waiting, runMs }: QueueLoad, slots: number): number => (waiting * runMs) / slots;

/**
 * Which queue gives one slot to which, or undefined when it is good as it is: the one that needs longest to clear
 * takes from the one that would still clear soonest, as long as the giver is better off than the taker afterwards.
 * With nothing waiting slots go home. After the time strategy of Laravel Horizon's auto-scaler.
 */
export function nextShift(queues: readonly QueueLoad[], limits: { readonly min: number; readonly max: number }): Shift | undefined {
  const givers = queues.filter(({ slots }) => slots > limits.min);
  const takers = queues.filter(({ slots }) => slots < limits.max);
  if (queues.every(({ waiting }) => waiting === 0)) {
    const rich = givers.find(({ slots, configured }) => slots > configured);
    const poor = takers.find(({ slots, configured }) => slots < configured);
    return rich === undefined || poor === undefined ? undefined : { from: rich.queue, to: poor.queue };
  }
  const slowest = most(takers, (one) => clearMs(one, one.slots));
  if (slowest === undefined || slowest.waiting === 0) return undefined;
  const giver = most(
    givers.filter(({ queue }) => queue !== slowest.queue),
    (one) => -clearMs(one, one.slots - 1),
  );
  if (giver === undefined || clearMs(giver, giver.slots - 1) >= clearMs(slowest, slowest.slots)) return undefined;
  return { from: giver.queue, to: slowest.queue };
}

function most<T>(items: readonly T[], measure: (item: T) => number): T | undefined {
  return items.reduce<T | undefined>((best, item) => (best === undefined || measure(item) > measure(best) ? item : best), undefined);
}

/** How long a job of a queue runs, from the medians of its job names; a second while nobody knows. */
export function meanRunMs(names: readonly { readonly completed: number; readonly run: { readonly p50: number } | null }[]): number {
  const known = names.flatMap(({ completed, run }) => (run === null || completed === 0 ? [] : [{ completed, runMs: Math.max(1, run.p50) }]));
  const jobs = known.reduce((sum, { completed }) => sum + completed, 0);
  return jobs === 0 ? 1_000 : known.reduce((sum, { completed, runMs }) => sum + completed * runMs, 0) / jobs;
}
