import { RoostError } from '../../contract/errors.js';
import type { AnalyticsRollupData } from '../../contract/handler-data.js';
import type { HandlerJob, HandlerTools, Report } from '../../core/jobs/handler.js';
import { counted, figure, markdownTable, percent, plain } from '../../core/jobs/markdown.js';
import { type Counts, type DayFigures, dayFigures, dayFiguresSchema } from './analytics/day-figures.js';
import { jobsOf, turnsOf } from './analytics/day-source.js';

const dayMs = 86_400_000;
const comparedDays = 7;

/** One UTC day in figures: turns, success, latency, by arm, intent and template, the busiest users, jobs by queue. Running it again for the same day replaces it. */
export async function analyticsRollup(job: HandlerJob<AnalyticsRollupData>, tools: HandlerTools): Promise<Report> {
  const { data } = job;
  const { redis, keys, clock } = tools;
  const nowMs = clock.wallMs();
  const fromMs = data.day === undefined ? Math.floor(nowMs / dayMs) * dayMs - dayMs : Date.parse(`${data.day}T00:00:00Z`);
  if (!Number.isFinite(fromMs)) throw new RoostError('bad-request', `${data.day} is no day`, { field: 'day' });
  if (fromMs > nowMs) throw new RoostError('bad-request', `${data.day} has not come yet`, { field: 'day' });
  const span = { fromMs, toMs: fromMs + dayMs };
  const day = new Date(fromMs).toISOString().slice(0, 10);
  const turns = await turnsOf(span, tools, job.signal, () => job.progress(null));
  job.progress(0.7, `${turns.length} turns of ${day}`);
  const figures = dayFigures(day, turns, await jobsOf(span, tools, job.signal), data.leaders);
  const known = await readDay(tools, day);
  // What was cleaned up since must not turn a full day into an empty one.
  const kept = known !== undefined && known.all.turns > figures.all.turns ? known : figures;
  const oldest = nowMs - data.keep_days * dayMs;
  await redis
    .multi()
    .set(keys.analyticsDay(day), JSON.stringify(kept), 'PX', Math.max(dayMs, fromMs + (data.keep_days + 1) * dayMs - nowMs))
    // A day that is not over is not settled: its turns must stay.
    .zadd(keys.analyticsDays, fromMs, day)
    .zremrangebyscore(keys.analyticsDays, '-inf', oldest)
    .exec();
  if (span.toMs > nowMs) await redis.zrem(keys.analyticsDays, day);
  const before: DayFigures[] = [];
  for (let back = 1; back <= comparedDays; back++) {
    const found = await readDay(tools, new Date(fromMs - back * dayMs).toISOString().slice(0, 10));
    if (found !== undefined) before.push(found);
  }
  return reportOf(kept, before, span.toMs > nowMs);
}

async function readDay({ redis, keys }: HandlerTools, day: string): Promise<DayFigures | undefined> {
  try {
    return dayFiguresSchema.safeParse(JSON.parse((await redis.get(keys.analyticsDay(day))) ?? 'null')).data;
  } catch {
    return undefined;
  }
}

const success = ({ done, failed }: Counts): number | null => (done + failed === 0 ? null : done / (done + failed));
const mean = (values: readonly (number | null)[]): number | null => {
  const known = values.filter((value): value is number => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
};

const board = (heading: string, name: string, groups: Readonly<Record<string, Counts>>): string[] => {
  const rows = Object.entries(groups).sort((a, b) => b[1].turns - a[1].turns);
  if (rows.length === 0) return [];
  return [
    `## ${heading}`,
    '',
    markdownTable(
      [name, 'Turns', 'Success', 'p50', 'p95', 'Reward'],
      rows.map(([key, one]) => [plain(key), one.turns, percent(success(one)), figure(one.p50Ms, 'ms'), figure(one.p95Ms, 'ms'), figure(one.reward)]),
    ),
    '',
  ];
};

function reportOf(day: DayFigures, before: readonly DayFigures[], unfinished: boolean): Report {
  const { all } = day;
  const rows: [string, string, string][] = [
    ['Turns', String(all.turns), figure(mean(before.map((one) => one.all.turns)))],
    ['Success', percent(success(all)), percent(mean(before.map((one) => success(one.all))))],
    ['Latency p50', figure(all.p50Ms, 'ms'), figure(mean(before.map((one) => one.all.p50Ms)), 'ms')],
    ['Latency p95', figure(all.p95Ms, 'ms'), figure(mean(before.map((one) => one.all.p95Ms)), 'ms')],
    ['Latency p99', figure(all.p99Ms, 'ms'), figure(mean(before.map((one) => one.all.p99Ms)), 'ms')],
    ['Mean reward', figure(all.reward), figure(mean(before.map((one) => one.all.reward)))],
    ['Users', String(day.users), figure(mean(before.map((one) => one.users)))],
    ['Sessions', String(day.sessions), figure(mean(before.map((one) => one.sessions)))],
  ];
  const lines = [
    ...(unfinished ? ['The day is not over: these are the figures so far.', ''] : []),
    markdownTable(['', day.day, before.length === 0 ? 'days before' : before.length === 1 ? 'the day before' : `mean of ${before.length} days before`], rows),
    '',
    ...board('Arms', 'Arm', day.byArm),
    ...board('Templates', 'Template', day.byTemplate),
    ...board('Intents', 'Intent', day.byIntent),
    ...(day.leaders.length === 0
      ? []
      : [
          '## Busiest users',
          '',
          markdownTable(
            ['User', 'Turns'],
            day.leaders.map(({ user, turns }) => [plain(user), turns]),
          ),
          '',
        ]),
    ...(Object.keys(day.jobs).length === 0
      ? []
      : [
          '## Jobs',
          '',
          markdownTable(
            ['Queue', 'Completed', 'Failed'],
            Object.entries(day.jobs).map(([queue, jobs]) => [plain(queue), jobs.completed, jobs.failed]),
          ),
          '',
        ]),
  ];
  return {
    title: `Analytics of ${day.day}`,
    summary:
      all.turns === 0
        ? 'No turns on that day.'
        : `${counted(all.turns, 'turn')} of ${counted(day.users, 'user')}, ${percent(success(all))} of them a success, p95 ${figure(all.p95Ms, 'ms')}.`,
    markdown: lines.join('\n'),
    figures: {
      turns: all.turns,
      users: day.users,
      failed: all.failed,
      ...(all.p95Ms === null ? {} : { 'p95 ms': all.p95Ms }),
      ...(all.reward === null ? {} : { 'mean reward': Math.round(all.reward * 1_000) / 1_000 }),
    },
  };
}
