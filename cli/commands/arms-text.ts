import type { DecisionView, Trends, Verdict, Whatif } from '../../contract/coordinator-views.js';
import { type Context, line } from '../context.js';
import { paint, printable, table } from '../format.js';

/** What the coordinator found, as text. */

const percent = (share: number | null): string => (share === null ? '-' : `${(100 * share).toFixed(1)} %`);
const number = (value: number | null): string => (value === null ? '-' : value.toFixed(3));

export function showVerdicts(context: Context, { verdicts }: { readonly verdicts: readonly Verdict[] }): void {
  if (verdicts.length === 0) line(context, 'no verdicts: forced draws are switched off (floor 0), so nothing valid can be said');
  for (const { state, text } of verdicts) line(context, state === 'underperforming' ? paint(context.colour, 'red', printable(text)) : printable(text));
  if (verdicts.length === 0) return;
  line(context);
  for (const row of table(
    ['ARM', 'STATE', 'REWARDS', 'AVERAGE', 'ALWAYS VALID', 'UNBIASED', 'EVIDENCE', 'NEEDED'],
    verdicts.map((one) => [
      one.arm,
      one.state,
      one.settled,
      number(one.average),
      `${one.low.toFixed(2)}..${one.high.toFixed(2)}`,
      number(one.hajek),
      one.evidence.toFixed(1),
      one.threshold.toFixed(1),
    ]),
  ))
    line(context, row);
}

export function showTrends(context: Context, { exploration, reward, learning, feedback }: Trends): void {
  line(context, printable(learning.text));
  line(context, `exploration  ${percent(exploration.early)} early, ${percent(exploration.now)} now`);
  line(context, `rewards      ${number(reward.early)} early, ${number(reward.now)} now`);
  line(context, `ratings      ${feedback.ratings}, average ${feedback.average === null ? '-' : feedback.average.toFixed(2)} of 5`);
  if (feedback.byIntent.length > 0) line(context);
  for (const row of feedback.byIntent.length === 0
    ? []
    : table(
        ['INTENT', 'TURNS', 'RATINGS', 'AVERAGE'],
        feedback.byIntent.map((one) => [one.intent, one.turns, one.ratings, one.average === null ? '-' : one.average.toFixed(2)]),
      ))
    line(context, row);
  if (feedback.complaints.length === 0) return;
  line(context);
  line(context, 'commonest complaints');
  for (const { term, count, example } of feedback.complaints)
    line(context, `  ${String(count).padStart(4)}  ${printable(term)}  (${printable(example).slice(0, 80)})`);
}

export function showDecision(context: Context, decision: DecisionView): void {
  line(
    context,
    `${decision.turnId}  ${new Date(decision.atMs).toISOString().slice(0, 19).replace('T', ' ')} UTC  ${decision.arm} with probability ${decision.propensity.toFixed(3)} (${decision.kind})`,
  );
  line(
    context,
    `${decision.policy}, alpha ${decision.alpha}, ${decision.phase.replaceAll('_', ' ')}, forced share ${percent(decision.epsilon)}, drawn by u = ${decision.u.toFixed(6)}, intent ${decision.intent ?? 'none'}`,
  );
  for (const row of table(
    ['ARM', 'SCORE', 'WIDTH', 'PROBABILITY', 'REWARDS'],
    decision.arms.map((arm) => [
      arm.arm,
      arm.score.toFixed(4),
      arm.width >= 1e9 ? 'never tried' : arm.width.toFixed(4),
      percent(arm.probability),
      Math.round(arm.n),
    ]),
  ))
    line(context, row);
  if (decision.reward === null) line(context, 'no reward yet');
  else
    line(
      context,
      `reward ${decision.reward.toFixed(3)} by ${decision.settledBy ?? ''}${decision.rating === null ? '' : `, rated ${decision.rating} of 5`}${decision.parts === null ? '' : `; ${printable(decision.parts)}`}`,
    );
  if (decision.comment !== null) line(context, `"${printable(decision.comment)}"`);
}

export function showWhatif(context: Context, answer: Whatif): void {
  line(context, printable(answer.text));
  line(
    context,
    `${answer.decisions} decisions, effective sample ${Math.floor(answer.effectiveSample)}, largest weight ${answer.largestWeight.toFixed(1)}, mean weight ${answer.meanWeight.toFixed(2)}; ${percent(answer.changed)} would be others`,
  );
  if (answer.estimate === null || answer.estimators === null) return;
  const { ips, snips, dm, dr, sndr } = answer.estimators;
  line(
    context,
    `earned ${number(answer.logged)}; would have earned ${number(answer.estimate.value)} (${number(answer.estimate.low)} to ${number(answer.estimate.high)})`,
  );
  line(context, `IPS ${number(ips)}  SNIPS ${number(snips)}  DM ${number(dm)}  DR ${number(dr)}  SNDR ${number(sndr)}`);
  if (answer.replay !== null) line(context, `learning for itself on ${answer.replay.accepted} of them: ${number(answer.replay.value)}`);
}
