import { z } from 'zod';
import type { GovernanceData } from '../../contract/handler-data.js';
import type { HandlerJob, HandlerTools, Report } from '../../core/jobs/handler.js';
import { counted, figure, markdownTable, percent, plain } from '../../core/jobs/markdown.js';
import { dayFiguresSchema } from './analytics/day-figures.js';
import { type Act, type ArmFacts, type Finding, findings, type TemplateFacts } from './governance/policy.js';

const coordinatorSchema = z.object({
  policy: z.string(),
  phase: z.string(),
  arms: z.array(
    z.object({
      arm: z.string(),
      frozen: z.boolean(),
      retired: z.boolean().default(false),
      weight: z.number(),
      settled: z.number(),
      average: z.number().nullable(),
      lastRewardAt: z.number().nullable(),
      share: z.number(),
    }),
  ),
});
const verdictsSchema = z.object({ verdicts: z.array(z.object({ arm: z.string(), state: z.string(), text: z.string() })) });
const poolSchema = z.object({
  template: z.string(),
  templates: z.array(z.object({})).default([]),
  stats: z.object({ spawned: z.number(), died: z.number(), failedStarts: z.number() }),
});

type Coordinator = z.infer<typeof coordinatorSchema>;
interface Done {
  readonly finding: Finding;
  readonly outcome: string;
}

/** Scores arms and templates against the policy. With `auto_actions` it does what the policy wants, and says why; else it only reports. */
export async function governance(job: HandlerJob<GovernanceData>, tools: HandlerTools): Promise<Report> {
  const { data } = job;
  const coordinator = coordinatorSchema.parse(await tools.ask('coordinator.get', {}));
  const verdicts = new Map(verdictsSchema.parse(await tools.ask('coordinator.verdicts', {})).verdicts.map((one) => [one.arm, one]));
  job.progress(0.4);
  const arms: ArmFacts[] = coordinator.arms.map((one) => ({ ...one, lastRewardAtMs: one.lastRewardAt, verdict: verdicts.get(one.arm) ?? null }));
  const templates = await templatesOf(tools);
  const found = findings(arms, templates, data, tools.clock.wallMs());
  const done: Done[] = [];
  for (const finding of found) {
    const { act } = finding;
    if (act === null) done.push({ finding, outcome: 'for you to decide' });
    else if (!data.auto_actions) done.push({ finding, outcome: `would ${actText(act)}` });
    else done.push({ finding, outcome: await perform(act, job, tools) });
  }
  return reportOf(coordinator, arms, templates, done, data);
}

const actText = (act: Act): string => (act.kind === 'freeze' ? `freeze ${act.arm}` : `set the weight of ${act.arm} back to ${act.weight}`);

/** Doing it twice is doing it once, so another attempt of the job is harmless. One act that is refused does not keep the others from being done. */
async function perform(act: Act, job: HandlerJob<GovernanceData>, tools: HandlerTools): Promise<string> {
  try {
    if (act.kind === 'freeze') await tools.ask('coordinator.freeze', { arm: act.arm, by: 'roost' });
    else await tools.ask('coordinator.patch', { arms: { [act.arm]: { weight: act.weight } }, by: 'roost' });
    job.log(`done: ${actText(act)}`);
    return `done: ${actText(act)}`;
  } catch (error) {
    return `could not ${actText(act)}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** The pool's own counts since Roost started, and the latency of the last day that was rolled up. */
async function templatesOf(tools: HandlerTools): Promise<TemplateFacts[]> {
  const pool = poolSchema.safeParse(await tools.ask('pool.get', {}));
  const [day] = await tools.redis.zrevrange(tools.keys.analyticsDays, 0, 0);
  const text = day === undefined ? null : await tools.redis.get(tools.keys.analyticsDay(day));
  const figures = text === null ? undefined : dayFiguresSchema.safeParse(JSON.parse(text)).data;
  // The pool counts all its templates together.
  const together = !pool.success ? undefined : pool.data.templates.length > 1 ? 'all together' : pool.data.template;
  const names = new Set([...(together === undefined ? [] : [together]), ...Object.keys(figures?.byTemplate ?? {})]);
  return [...names].map((template) => {
    const stats = pool.success && together === template ? pool.data.stats : undefined;
    return {
      template,
      starts: stats?.spawned ?? 0,
      failedStarts: stats?.failedStarts ?? 0,
      deaths: stats?.died ?? 0,
      p95Ms: figures?.byTemplate[template]?.p95Ms ?? null,
    };
  });
}

function reportOf(
  coordinator: Coordinator,
  arms: readonly ArmFacts[],
  templates: readonly TemplateFacts[],
  done: readonly Done[],
  data: GovernanceData,
): Report {
  const shares = new Map(coordinator.arms.map(({ arm, share }) => [arm, share]));
  const acts = done.filter(({ outcome }) => outcome.startsWith('done:')).length;
  const wanted = done.filter(({ finding }) => finding.act !== null).length;
  const lines = [
    data.auto_actions
      ? 'Automatic actions are on: what the policy wants was done.'
      : 'Automatic actions are off: nothing was changed. Set `auto_actions: true` in the data of the schedule to have it done.',
    '',
    ...(done.length === 0
      ? ['Nothing is in breach of the policy.', '']
      : [
          markdownTable(
            ['About', 'Reason', 'What follows'],
            done.map(({ finding, outcome }) => [plain(finding.about), plain(finding.reason), plain(outcome)]),
          ),
          '',
        ]),
    `## Arms (${plain(coordinator.policy)}, ${plain(coordinator.phase)})`,
    '',
    markdownTable(
      ['Arm', 'Verdict', 'Rewards', 'Average', 'Share', 'Weight', 'State'],
      [...arms]
        .sort((a, b) => (b.average ?? -1) - (a.average ?? -1))
        .map((arm) => [
          plain(arm.arm),
          plain(arm.verdict?.state ?? 'none'),
          arm.settled,
          figure(arm.average),
          percent(shares.get(arm.arm) ?? null),
          arm.weight,
          arm.retired ? 'retired' : arm.frozen ? 'frozen' : 'in play',
        ]),
    ),
    '',
    ...(templates.length === 0
      ? []
      : [
          '## Templates',
          '',
          markdownTable(
            ['Template', 'Agents started', 'Failed starts', 'Died', 'p95'],
            templates.map((one) => [plain(one.template), one.starts, one.failedStarts, one.deaths, figure(one.p95Ms, 'ms')]),
          ),
          '',
        ]),
  ];
  const verdict =
    done.length === 0
      ? 'Everything keeps to the policy.'
      : `${counted(done.length, 'finding')}; ${data.auto_actions ? `${counted(acts, 'act')} done` : `${counted(wanted, 'act')} proposed, none done`}.`;
  return {
    title: 'Governance',
    summary: verdict,
    markdown: lines.join('\n'),
    figures: { findings: done.length, acts, 'arms in play': arms.filter((arm) => !arm.frozen && !arm.retired).length },
  };
}
