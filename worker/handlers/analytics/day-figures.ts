import { z } from 'zod';

const countsSchema = z.object({
  turns: z.number(),
  done: z.number(),
  failed: z.number(),
  cancelled: z.number(),
  /** Milliseconds from acceptance to end, of those that were done. */
  p50Ms: z.number().nullable(),
  p95Ms: z.number().nullable(),
  p99Ms: z.number().nullable(),
  /** Mean of the rewards that are in, and how many. */
  reward: z.number().nullable(),
  rewards: z.number(),
});
export type Counts = z.infer<typeof countsSchema>;

/** One UTC day in a few kilobytes. */
export const dayFiguresSchema = z.object({
  day: z.string(),
  all: countsSchema,
  users: z.number(),
  sessions: z.number(),
  byArm: z.record(z.string(), countsSchema),
  byIntent: z.record(z.string(), countsSchema),
  byTemplate: z.record(z.string(), countsSchema),
  /** The busiest users, turns each. */
  leaders: z.array(z.object({ user: z.string(), turns: z.number() })),
  /** Jobs that ended on that day and are still kept, by queue. */
  jobs: z.record(z.string(), z.object({ completed: z.number(), failed: z.number() })),
});
export type DayFigures = z.infer<typeof dayFiguresSchema>;

/** What is read of one turn. */
export interface TurnFacts {
  readonly status: string;
  readonly arm: string | null;
  readonly intent: string | null;
  readonly template: string;
  readonly user: string;
  readonly session: string;
  readonly totalMs: number | null;
  readonly reward: number | null;
}

/** Names with more turns stand for themselves; the rest is one entry, so that a day stays small whatever callers name their intents. */
const maxNames = 40;
export const otherName = '(other)';

/** The nearest-rank percentile: the smallest value that at least `share` of all do not exceed. */
export function percentile(sorted: readonly number[], share: number): number | null {
  if (sorted.length === 0) return null;
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}

export function countsOf(turns: readonly TurnFacts[]): Counts {
  const latencies = turns.flatMap(({ status, totalMs }) => (status === 'done' && totalMs !== null ? [totalMs] : [])).sort((a, b) => a - b);
  const rewards = turns.flatMap(({ reward }) => (reward === null ? [] : [reward]));
  const of = (status: string): number => turns.filter((turn) => turn.status === status).length;
  return {
    turns: turns.length,
    done: of('done'),
    failed: of('failed'),
    cancelled: of('cancelled'),
    p50Ms: percentile(latencies, 0.5),
    p95Ms: percentile(latencies, 0.95),
    p99Ms: percentile(latencies, 0.99),
    reward: rewards.length === 0 ? null : rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length,
    rewards: rewards.length,
  };
}

function grouped(turns: readonly TurnFacts[], nameOf: (turn: TurnFacts) => string): Record<string, Counts> {
  const groups = new Map<string, TurnFacts[]>();
  for (const turn of turns) {
    const name = nameOf(turn);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [turn]);
    else group.push(turn);
  }
  const sorted = [...groups].sort((a, b) => b[1].length - a[1].length || (a[0] < b[0] ? -1 : 1));
  const rest = sorted.slice(maxNames).flatMap(([, group]) => group);
  const kept = rest.length === 0 ? sorted : [...sorted.slice(0, maxNames), [otherName, rest] as const];
  return Object.fromEntries(kept.map(([name, group]) => [name, countsOf(group)]));
}

export function dayFigures(day: string, turns: readonly TurnFacts[], jobs: DayFigures['jobs'], leaders: number): DayFigures {
  const perUser = new Map<string, number>();
  for (const { user } of turns) perUser.set(user, (perUser.get(user) ?? 0) + 1);
  return {
    day,
    all: countsOf(turns),
    users: perUser.size,
    sessions: new Set(turns.map(({ session }) => session)).size,
    byArm: grouped(turns, ({ arm }) => arm ?? '(none)'),
    byIntent: grouped(turns, ({ intent }) => intent ?? '(none)'),
    byTemplate: grouped(turns, ({ template }) => template),
    leaders: [...perUser]
      .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
      .slice(0, leaders)
      .map(([user, count]) => ({ user, turns: count })),
    jobs,
  };
}
