import type { CoordinatorView } from '../../contract/coordinator-views.js';
import type { Result } from '../../contract/methods.js';
import { type Context, line } from '../context.js';
import { paint, printable, table } from '../format.js';

/** The arms as they stand, by intent, and the decisions on them, as tables. */

const utc = (atMs: number): string => new Date(atMs).toISOString().slice(0, 19).replace('T', ' ');

export function showArms(context: Context, view: CoordinatorView): void {
  line(
    context,
    `${view.policy}, alpha ${view.alpha}; ${view.phase.replaceAll('_', ' ')}, ${view.settled} settled of ${view.warmupPulls} to warm up; exploration ${(100 * view.explorationShare).toFixed(1)} %`,
  );
  for (const row of table(
    ['ARM', 'MEAN', '95 %', 'PULLS', 'REWARDS', 'SHARE', 'WEIGHT', 'LAST REWARD (UTC)', 'VERDICT'],
    view.arms.map((arm) => [
      arm.arm,
      arm.mean.toFixed(3),
      `${arm.low.toFixed(2)}..${arm.high.toFixed(2)}`,
      arm.pulls,
      arm.settled,
      `${(100 * arm.share).toFixed(1)} %`,
      arm.weight,
      arm.lastRewardAt === null ? 'never' : utc(arm.lastRewardAt),
      arm.retired ? 'retired' : arm.frozen ? 'frozen' : (arm.verdict?.state ?? '-'),
    ]),
  ))
    line(context, row);
  for (const { path, file, now } of view.changes)
    line(context, paint(context.colour, 'yellow', `changed from the file: ${path} is ${now}, the file says ${file}`));
  for (const warning of view.warnings) line(context, paint(context.colour, 'yellow', printable(warning)));
}

export function showIntents(context: Context, { intents }: Result<'coordinator.intents'>): void {
  if (intents.length === 0) line(context, 'no turn had an intent yet');
  for (const row of table(
    ['INTENT', 'ARM', 'REWARDS', 'MEAN', '95 %', 'SHARE'],
    intents.flatMap((one) =>
      one.arms.map((arm) => [
        one.intent,
        arm.arm,
        arm.settled,
        arm.mean.toFixed(3),
        `${arm.low.toFixed(2)}..${arm.high.toFixed(2)}`,
        `${(100 * arm.share).toFixed(1)} %`,
      ]),
    ),
  ))
    line(context, row);
}

export function showDecisions(context: Context, { decisions }: Result<'coordinator.decisions'>): void {
  for (const row of table(
    ['TURN', 'TIME (UTC)', 'INTENT', 'ARM', 'KIND', 'PROBABILITY', 'REWARD'],
    decisions.map((one) => [
      one.turnId,
      utc(one.atMs),
      one.intent ?? '-',
      one.arm,
      one.kind,
      one.propensity.toFixed(3),
      one.reward === null ? '-' : one.reward.toFixed(2),
    ]),
  ))
    line(context, row);
}
