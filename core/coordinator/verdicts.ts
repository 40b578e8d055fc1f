import type { Verdict, VerdictState } from '../../contract/coordinator-views.js';
import { confidenceSequence } from './confidence.js';
import { gapInterval, likelihoodRatio, pullsNeeded, ratioThreshold, verdictMargin } from './likelihood-ratio.js';

/** What one arm earned up to the end of a window, and how it may be called. */
export interface ArmRecord {
  readonly arm: string;
  readonly n: number;
  /** Sum of rewards, 0..n. */
  readonly sum: number;
  /** Sums of 1/p and r/p over the same pulls; absent where they are not known. */
  readonly weights?: number;
  readonly weighted?: number;
}

/** All arms at the end of one window of 50 settled pulls. */
export interface Window {
  readonly settled: number;
  readonly arms: readonly ArmRecord[];
}

/** Fewer own rewards than this say nothing. */
export const leastPulls = 20;
/** In so many windows running the ratio has to pass. */
export const windowsToHold = 3;
/** A gap that matters: an arm with the rewards it takes to see it, and without one seen, is competitive. */
const gapThatMatters = 0.05;
/** An arm without a reward in the last so many settled pulls is stale. */
export const staleAfterPulls = 2_000;

interface Judged {
  readonly leader: ArmRecord | undefined;
  readonly evidence: ReadonlyMap<string, number>;
  readonly threshold: number;
}

/** Leader: the highest average of the arms with enough rewards, ties to the lowest name. */
function judge({ settled, arms }: Window): Judged {
  const known = arms.filter((arm) => arm.n >= leastPulls).sort((a, b) => b.sum / b.n - a.sum / a.n || (a.arm < b.arm ? -1 : 1));
  const leader = known[0];
  const threshold = ratioThreshold(arms.length, settled);
  const evidence = new Map(arms.map((arm) => [arm.arm, leader === undefined || arm === leader || arm.n < leastPulls ? 0 : likelihoodRatio(leader, arm)]));
  return { leader, evidence, threshold };
}

/** How many of the last three windows, counted back from the newest without a gap, condemn the arm. */
function windowsHeld(judged: readonly Judged[], arm: string): number {
  let held = 0;
  for (let at = judged.length - 1; at >= 0; at--) {
    const one = judged[at];
    if (one === undefined || (one.evidence.get(arm) ?? 0) <= one.threshold) break;
    held++;
  }
  return held;
}

/**
 * Verdicts on arms that may be read at any time: a pairwise generalised likelihood ratio against the leader
 * (margin 0.02, threshold ln((K-1)(1+ln t)/0.05)), at least 20 own rewards, passed in three consecutive windows.
 * `windows` are cumulative, the newest last; earlier ones than the last three are ignored. `lastSeen` tells, where
 * known, how many settled pulls ago each arm got its last reward.
 */
export function verdicts(windows: readonly Window[], lastSeen: Readonly<Record<string, number>> = {}): readonly Verdict[] {
  const recent = windows.slice(-windowsToHold);
  const newest = recent.at(-1);
  if (newest === undefined) return [];
  const judged = recent.map(judge);
  const last = judged.at(-1) as Judged;
  return newest.arms.map((arm): Verdict => {
    const own = confidenceSequence(arm.n, arm.sum);
    const against = last.leader === undefined || last.leader.arm === arm.arm ? undefined : last.leader;
    const gap = against === undefined || arm.n === 0 ? undefined : gapInterval(against, arm, last.threshold);
    const held = windowsHeld(judged, arm.arm);
    const seenGap = against === undefined || arm.n === 0 ? 0 : against.sum / against.n - arm.sum / arm.n;
    const needed = pullsNeeded(Math.max(seenGap, gapThatMatters), newest.arms.length);
    const state = stateOf(arm, last.leader, held, lastSeen[arm.arm], newest.arms.length);
    const open = state === 'learning' || state === 'undecided';
    const common = {
      arm: arm.arm,
      state,
      settled: arm.n,
      average: arm.n === 0 ? null : arm.sum / arm.n,
      ...own,
      hajek: arm.weights === undefined || arm.weights === 0 ? null : (arm.weighted ?? 0) / arm.weights,
      leader: against?.arm ?? null,
      gapLow: gap === undefined ? null : Math.max(-1, gap.low),
      gapHigh: gap === undefined ? null : Math.min(1, gap.high),
      evidence: last.evidence.get(arm.arm) ?? 0,
      threshold: last.threshold,
      windowsHeld: held,
      needsMore: open ? Math.max(1, needed - arm.n) : null,
    };
    return { ...common, text: wordsOf(common) };
  });
}

function stateOf(arm: ArmRecord, leader: ArmRecord | undefined, held: number, seenAgo: number | undefined, arms: number): VerdictState {
  if (arm.n < leastPulls) return 'learning';
  if (seenAgo !== undefined && seenAgo >= staleAfterPulls) return 'stale';
  if (held >= windowsToHold) return 'underperforming';
  if (leader?.arm === arm.arm) return arms > 1 ? 'leader' : 'competitive';
  return arm.n >= pullsNeeded(gapThatMatters, arms) ? 'competitive' : 'undecided';
}

const shown = (value: number): string => value.toFixed(2);

function wordsOf(verdict: Omit<Verdict, 'text'>): string {
  const { arm, state, leader, gapLow, gapHigh, needsMore, settled } = verdict;
  switch (state) {
    case 'learning':
      return `${arm} is still learning: ${settled} of ${leastPulls} rewards; a verdict needs about ${needsMore} more.`;
    case 'undecided':
      return `${arm} against ${leader ?? 'the others'} is undecided: it needs about ${needsMore} more rewards.`;
    case 'competitive':
      return leader === null ? `${arm} is the only arm.` : `${arm} is no worse than ${leader} by a gap that matters.`;
    case 'leader':
      return `${arm} leads with ${shown(verdict.average ?? 0)}.`;
    case 'stale':
      return `${arm} had no reward in the last ${staleAfterPulls.toLocaleString('en')} settled turns; what is known of it may be out of date.`;
    case 'underperforming':
      return `${arm} is worse than ${leader ?? 'the leader'} by ${shown(Math.max(verdictMargin, gapLow ?? 0))} to ${shown(Math.max(verdictMargin, gapHigh ?? 0))}.`;
  }
}
