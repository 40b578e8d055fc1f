import type { MissedPolicy, OverlapPolicy } from '../../contract/config-schedules.js';
import { countBetween, latestUpTo, newestBetween, type Rule } from './time/rule.js';

/** A run that starts this late is still on time: a start of Roost or a busy moment misses nothing. */
export const onTimeWithinMs = 30_000;
/** As many missed runs are made up for at once; the others are only counted. */
export const mostCatchUps = 10;
const dayMs = 86_400_000;
/** A wall clock set back by less than this is waited out by a cron rule: no time of the day runs twice. */
const patienceMs = 3 * 3_600_000;

export interface DueQuestion {
  readonly rule: Rule;
  readonly missed: MissedPolicy;
  readonly windowMs: number | undefined;
  readonly staggerMs: number;
  /** Up to here everything was dealt with. */
  readonly lastMs: number;
  readonly nowMs: number;
}

export interface Due {
  /** Everything up to here is dealt with by this answer. */
  readonly lastMs: number;
  /** The occurrence of this moment. */
  readonly dueMs: number | undefined;
  /** Occurrences whose time passed unseen; at least this many when a gap is very long. */
  readonly missed: number;
  /** Those of them to make up for, oldest first. */
  readonly catchUp: readonly { readonly dueMs: number; readonly notBeforeMs: number }[];
}

/**
 * What is due at this moment; undefined when nothing is. Occurrences are told by wall time, so a sleep, a time when
 * Roost was off and a clock set forward look the same, and the missed rule answers all three. One occurrence that is
 * on time also stands for the missed ones before it, where the rule says once.
 */
export function dueNow({ rule, missed: policy, windowMs, staggerMs, lastMs, nowMs }: DueQuestion): Due | undefined {
  const newest = latestUpTo(rule, nowMs, lastMs);
  if (newest === undefined) return undefined;
  const onTime = nowMs - newest <= onTimeWithinMs;
  const missed = countBetween(rule, lastMs, nowMs) - (onTime ? 1 : 0);
  const answer = { lastMs: newest, dueMs: onTime ? newest : undefined, missed };
  const inWindow = (fallbackMs: number): number => Math.max(lastMs, nowMs - (windowMs ?? fallbackMs));
  if (policy === 'once' && !onTime && newest > inWindow(Number.POSITIVE_INFINITY)) return { ...answer, catchUp: [{ dueMs: newest, notBeforeMs: nowMs }] };
  if (policy !== 'all' || missed === 0) return { ...answer, catchUp: [] };
  const times = newestBetween(rule, inWindow(dayMs), onTime ? newest - 1 : nowMs, mostCatchUps);
  // The run of this moment goes first; those made up for follow at their distance, never in a burst.
  return { ...answer, catchUp: times.map((dueMs, index) => ({ dueMs, notBeforeMs: nowMs + (index + (onTime ? 1 : 0)) * staggerMs })) };
}

/** What a wall clock that shows less than what was already dealt with means: wait until it has caught up, or begin anew from here. */
export function clockVerdict(rule: Rule, lastMs: number, nowMs: number): 'right' | 'wait' | 'restart' {
  if (lastMs <= nowMs) return 'right';
  return lastMs - nowMs > (rule.kind === 'every' ? rule.everyMs : patienceMs) ? 'restart' : 'wait';
}

/** What to do with a run that is due while `open` earlier ones have not ended. */
export function overlapVerdict(overlap: OverlapPolicy, open: number): 'fire' | 'skip' | 'line' | 'replace' {
  if (open === 0) return 'fire';
  return overlap === 'queue' ? 'line' : overlap;
}
