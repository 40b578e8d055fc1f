import type { Trends } from '../../contract/coordinator-views.js';
import { complaintTerms } from './complaints.js';
import { differenceSequence } from './confidence.js';
import type { LoggedTurn } from './decision-record.js';

export type Stretch = Trends['stretches'][number];

interface Part {
  readonly decisions: number;
  readonly exploration: number;
  readonly n: number;
  readonly sum: number;
}

function together(stretches: readonly Stretch[]): Part {
  const part = { decisions: 0, exploration: 0, n: 0, sum: 0 };
  for (const one of stretches) {
    part.decisions += one.decisions;
    part.exploration += (one.exploration ?? 0) * one.decisions;
    part.n += one.settled;
    part.sum += (one.reward ?? 0) * one.settled;
  }
  return part;
}

/** Exploration has to fall by at least this to count as falling. */
const leastFall = 0.01;

/**
 * Is it learning? The stretches of the early phase (the first 30 % of the warm-up) against the newest fifth:
 * exploration has to be lower, and an always-valid 95 % interval of the change in mean reward must not hold 0.
 * Feedback is that of the turns given. `earlyEnds` is in settled pulls.
 */
export function trendsOf(stretches: readonly Stretch[], turns: readonly LoggedTurn[], earlyEnds: number): Trends {
  const early = stretches.filter((one) => one.bucket * 50 < earlyEnds);
  const later = stretches.filter((one) => one.bucket * 50 >= earlyEnds);
  const newest = later.slice(-Math.max(1, Math.ceil(later.length / 5)));
  const [before, now] = [together(early), together(newest)];
  const ratio = (part: Part): number | null => (part.decisions === 0 ? null : part.exploration / part.decisions);
  const average = (part: Part): number | null => (part.n === 0 ? null : part.sum / part.n);
  const [exploredBefore, exploredNow] = [ratio(before), ratio(now)];
  const falling = exploredBefore !== null && exploredNow !== null && exploredNow < exploredBefore - leastFall;
  const change = before.n === 0 || now.n === 0 ? null : differenceSequence({ n: now.n, sum: now.sum }, { n: before.n, sum: before.sum });
  const rising = change !== null && change.low > 0;
  return {
    stretches: [...stretches],
    exploration: { early: exploredBefore, now: exploredNow, falling },
    reward: { early: average(before), now: average(now), low: change?.low ?? null, high: change?.high ?? null, rising },
    learning: { yes: falling && rising, text: learningText(now.n, falling, change) },
    feedback: feedbackOf(turns),
    decisions: turns.length,
  };
}

function learningText(recent: number, falling: boolean, change: { readonly low: number; readonly high: number } | null): string {
  if (recent === 0 || change === null) return 'Too early to say: the early phase is not over.';
  const explored = falling ? 'Exploration is falling' : 'Exploration is not falling';
  if (change.low > 0) return `${explored}, and rewards are up by ${change.low.toFixed(2)} to ${change.high.toFixed(2)}.`;
  if (change.high < 0) return `${explored}, and rewards are down by ${(-change.high).toFixed(2)} to ${(-change.low).toFixed(2)}.`;
  return `${explored}; no change of the rewards can be proved yet (${change.low.toFixed(2)} to +${change.high.toFixed(2)}).`;
}

function feedbackOf(turns: readonly LoggedTurn[]): Trends['feedback'] {
  const byIntent = new Map<string, { turns: number; ratings: number; sum: number }>();
  const comments: string[] = [];
  let [ratings, sum] = [0, 0];
  for (const { decision, rating, comment } of turns) {
    const name = decision.intent ?? 'none';
    const intent = byIntent.get(name) ?? { turns: 0, ratings: 0, sum: 0 };
    intent.turns++;
    if (rating !== null) {
      ratings++;
      sum += rating;
      intent.ratings++;
      intent.sum += rating;
      if (rating <= 2 && comment !== null && comment !== '') comments.push(comment);
    }
    byIntent.set(name, intent);
  }
  return {
    ratings,
    average: ratings === 0 ? null : sum / ratings,
    byIntent: [...byIntent]
      .map(([intent, one]) => ({ intent, turns: one.turns, ratings: one.ratings, average: one.ratings === 0 ? null : one.sum / one.ratings }))
      .sort((a, b) => b.turns - a.turns || (a.intent < b.intent ? -1 : 1)),
    complaints: [...complaintTerms(comments)],
  };
}
