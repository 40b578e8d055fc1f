import { join } from 'node:path';
import { z } from 'zod';
import type { MemoryCleanupData } from '../../contract/handler-data.js';
import type { HandlerJob, HandlerTools, Report } from '../../core/jobs/handler.js';
import { counted, figure, markdownTable } from '../../core/jobs/markdown.js';
import { sweepFolders } from './cleanup/old-files.js';
import { sweepJobs } from './cleanup/old-jobs.js';
import { type Freed, type Sweep, sweepSessions } from './cleanup/old-sessions.js';
import { strayKeys, sweepStray } from './cleanup/stray-keys.js';
import { readFields } from './cleanup/sweep.js';

const slotsSchema = z.object({ slots: z.array(z.object({ agentId: z.string() })) });
const hourMs = 3_600_000;

/**
 * Gives back what nobody needs any more: ended sessions and their turns, the history of jobs, keys without an owner,
 * workspaces of agents that are gone. Only what is ours by its name and has ended; in bounded steps; `dry_run` counts only.
 */
export async function memoryCleanup(job: HandlerJob<MemoryCleanupData>, tools: HandlerTools): Promise<Report> {
  const { data } = job;
  const { redis, keys, clock } = tools;
  let pages = 0;
  const sweep: Sweep = {
    redis,
    keys,
    nowMs: clock.wallMs(),
    maxAgeMs: data.max_age_hours * hourMs,
    dryRun: data.dry_run,
    signal: job.signal,
    moved: () => {
      pages += 1;
      if (pages % 20 === 0) job.progress(null, `${pages} pages of keys looked at`);
    },
  };
  const before = await usedMemory(tools);
  const freed: Freed[] = [...(await sweepSessions(sweep))];
  job.progress(0.4);
  freed.push(...(await sweepJobs(sweep, data.job_history_days * 24 * hourMs)));
  job.progress(0.6);
  for (const kind of strayKeys(keys)) freed.push(await sweepStray(sweep, kind));
  job.progress(0.8);
  const folders = await workspaces(job, tools, sweep);
  freed.push(folders.freed);
  return reportOf(freed, folders.problem, data, before, data.dry_run ? before : await usedMemory(tools));
}

/** Without knowing which agents live, no workspace is touched. */
async function workspaces(job: HandlerJob<MemoryCleanupData>, tools: HandlerTools, sweep: Sweep): Promise<{ freed: Freed; problem: string | null }> {
  const none: Freed = { what: 'workspaces of agents that are gone', count: 0, bytes: 0 };
  let answer: unknown;
  try {
    answer = await tools.ask('pool.get', {});
  } catch (error) {
    return { freed: none, problem: `the pool could not be asked which agents live: ${error instanceof Error ? error.message : String(error)}` };
  }
  const parsed = slotsSchema.safeParse(answer);
  if (!parsed.success) return { freed: none, problem: 'the pool gave no list of its agents' };
  const freed = await sweepFolders({
    folder: join(tools.dataDir, 'workspaces'),
    olderThanMs: sweep.maxAgeMs,
    nowMs: sweep.nowMs,
    dryRun: sweep.dryRun,
    signal: job.signal,
    inUse: new Set([...parsed.data.slots.map(({ agentId }) => agentId), ...(await foldersOfSessions(tools))]),
    ours: /^agent-\d{1,15}$/,
  });
  return { freed, problem: null };
}

/** The files of a session stay as long as it lasts, whichever agent serves it. */
async function foldersOfSessions({ redis, keys }: HandlerTools): Promise<string[]> {
  const ids = await redis.zrange(keys.sessionIndex, 0, '-1');
  const rows = await readFields(
    redis,
    ids.map((id) => keys.session(id)),
    ['folder'],
  );
  return rows.flatMap(([folder]) => folder ?? []);
}

async function usedMemory({ redis }: HandlerTools): Promise<number | null> {
  const info = await redis.info('memory').catch(() => '');
  const match = /^used_memory:(\d+)/m.exec(info);
  return match === null ? null : Number(match[1]);
}

const megabytes = (bytes: number): string => figure(bytes / 1024 ** 2, 'MB');

function reportOf(freed: readonly Freed[], problem: string | null, data: MemoryCleanupData, before: number | null, after: number | null): Report {
  const things = freed.reduce((sum, { count }) => sum + count, 0);
  const bytes = freed.reduce((sum, one) => sum + one.bytes, 0);
  const lines = [
    data.dry_run
      ? `This was a dry run: nothing was removed. Older than ${data.max_age_hours} hours:`
      : `Removed what was older than ${data.max_age_hours} hours:`,
    '',
    markdownTable(
      ['What', 'Number', 'Size'],
      freed.map(({ what, count, bytes: size }) => [what, count, size === 0 ? '–' : megabytes(size)]),
    ),
    '',
    ...(before === null ? [] : [`Redis uses ${megabytes(before)}${after === null || data.dry_run ? '' : `, afterwards ${megabytes(after)}`}.`, '']),
    `Jobs that succeeded are kept for ${data.job_history_days} days, failed ones for ${data.job_history_days * 4}. Turns stay until their day is in the analytics, at most three days longer.`,
    ...(problem === null ? [] : ['', `Workspaces were left alone: ${problem}.`]),
  ];
  return {
    title: 'Memory cleanup',
    summary: `${data.dry_run ? 'Would free' : 'Freed'} ${counted(things, 'thing')}, ${megabytes(bytes)}.`,
    markdown: lines.join('\n'),
    figures: { things, 'freed MB': Math.round((bytes / 1024 ** 2) * 100) / 100, ...(before === null ? {} : { 'redis MB': Math.round(before / 1024 ** 2) }) },
  };
}
