import { type JobRow, type JobState, jobStates } from '../../contract/job-views.js';
import { methods } from '../../contract/methods.js';
import { parse, text, wholeNumber } from '../args.js';
import { type Command, type Context, Ending, exitCodes, json, line } from '../context.js';
import { duration, paint, printable, table } from '../format.js';
import { connectHost, type Host } from '../host.js';

const queuesUsage = 'roost queues [QUEUE]';
const jobsUsage = `roost jobs QUEUE [--state ${jobStates.join('|')}] [--search TEXT] [--page N] [-n N]`;

const ms = (value: number | undefined): string => (value === undefined ? '-' : duration(value));

export const queues: Command = {
  name: 'queues',
  usage: [queuesUsage],
  summary: 'depth by state, age of the oldest, time to clear and workers of every queue; of one also latencies by job name',
  async run(context, args) {
    const parsed = parse(args, queuesUsage, {}, { least: 0, most: 1 });
    const [name] = parsed.words;
    const host = await connectHost(context, parsed);
    if (name !== undefined) {
      const found = methods['queue.get'].result.parse(await host.get(`/api/queues/${encodeURIComponent(name)}`));
      if (parsed.values['json'] === true) json(context, found);
      else showQueue(context, found);
      return exitCodes.done;
    }
    const found = methods['queue.list'].result.parse(await host.get('/api/queues'));
    if (parsed.values['json'] === true) json(context, found);
    else {
      const rows = Object.entries(found.queues).map(([queue, one]) => [
        queue,
        one.waiting,
        one.active,
        one.delayed,
        one.failed,
        one.completed,
        duration(one.oldestWaitingMs),
        Math.round(one.perMinute),
        one.waiting === 0 ? '-' : one.clearMs === null ? 'never' : duration(one.clearMs),
        one.workers.filter(({ state }) => state === 'running').length,
        [one.paused ? 'PAUSED' : '', one.unconsumed ? 'no worker consumes it' : ''].filter(Boolean).join(', '),
      ]);
      for (const row of table(['QUEUE', 'WAITING', 'ACTIVE', 'DELAYED', 'FAILED', 'COMPLETED', 'OLDEST', 'PER MIN', 'CLEAR', 'WORKERS', ''], rows))
        line(context, /PAUSED|no worker/.test(row) ? paint(context.colour, 'yellow', row) : row);
    }
    return exitCodes.done;
  },
};

type Found = ReturnType<(typeof methods)['queue.get']['result']['parse']>;

function showQueue(context: Context, { name, queue }: Found): void {
  const state = [queue.paused ? 'paused' : '', queue.unconsumed ? 'no worker consumes it' : ''].filter(Boolean).join(', ');
  line(context, `${name}${state === '' ? '' : `  ${paint(context.colour, 'yellow', state)}`}`);
  line(
    context,
    `${queue.waiting} waiting, ${queue.active} active, ${queue.delayed} delayed, ${queue.failed} failed; ${Math.round(queue.perMinute)} a minute${queue.clearMs === null || queue.waiting === 0 ? '' : `, clear in ${duration(queue.clearMs)}`}`,
  );
  line(context);
  const rows = queue.names.map((one) => [
    one.name,
    one.completed,
    one.failed,
    ms(one.wait?.p50),
    ms(one.wait?.p95),
    ms(one.wait?.p99),
    ms(one.run?.p50),
    ms(one.run?.p95),
    ms(one.run?.p99),
  ]);
  for (const row of table(['JOB, LAST HOUR', 'DONE', 'FAILED', 'WAIT P50', 'P95', 'P99', 'RUN P50', 'P95', 'P99'], rows)) line(context, row);
  line(context);
  for (const row of table(
    ['WORKER', 'STATE', 'BUSY', 'SLOTS', 'HOST', 'PID', 'HEARD'],
    queue.workers.map((one) => [one.worker, one.state, one.busy, one.concurrency, one.host, one.pid, one.ageMs === null ? '-' : `${duration(one.ageMs)} ago`]),
  ))
    line(context, row);
}

export const jobs: Command = {
  name: 'jobs',
  usage: [jobsUsage],
  summary: 'jobs of one state, the next to run or the newest first; --search looks in id, name and data',
  async run(context, args) {
    const options = {
      state: { type: 'string' },
      search: { type: 'string' },
      page: { type: 'string' },
      lines: { type: 'string', short: 'n' },
    } as const;
    const parsed = parse(args, jobsUsage, options, { least: 1, most: 1 });
    const state = jobStates.find((known) => known === (text(parsed, 'state') ?? 'waiting'));
    if (state === undefined) throw new Ending(exitCodes.usage, `--state must be one of ${jobStates.join(', ')}`);
    const page = wholeNumber(text(parsed, 'page') ?? '1', '--page', 1, 1_000_000);
    const pageSize = wholeNumber(text(parsed, 'lines') ?? '50', '-n', 1, 200);
    const search = text(parsed, 'search');
    const host = await connectHost(context, parsed);
    const at = `/api/queues/${encodeURIComponent(parsed.words[0] ?? '')}/jobs?state=${state}&pageSize=${pageSize}`;
    const found =
      search === undefined ? await readPage(host, `${at}&page=${page}`) : await searchAll(host, `${at}&search=${encodeURIComponent(search)}`, pageSize);
    if (parsed.values['json'] === true) json(context, found);
    else {
      for (const row of rowsOf(found.jobs, state)) line(context, row);
      if (found.searched !== null)
        line(context, `searched ${found.searched.looked} of ${found.searched.of}${found.searched.next === null ? '' : '; there may be more'}`);
      else if (found.total > found.jobs.length) line(context, `page ${page} of ${Math.ceil(found.total / pageSize)}, ${found.total} in all`);
    }
    return exitCodes.done;
  },
};

type Page = ReturnType<(typeof methods)['queue.jobs']['result']['parse']>;

const readPage = async (host: Host, path: string): Promise<Page> => methods['queue.jobs'].result.parse(await host.get(path));

/** One answer looks for a moment only: on from where it ended, until the page is full or all was looked at. */
async function searchAll(host: Host, path: string, most: number): Promise<Page> {
  const found = new Map<string, JobRow>();
  for (let from = 0; ; ) {
    const answer = await readPage(host, `${path}&from=${from}`);
    for (const job of answer.jobs) found.set(job.id, job);
    const next = answer.searched?.next ?? null;
    if (next === null || found.size >= most) return { ...answer, jobs: [...found.values()] };
    from = next;
  }
}

const day = (atMs: number | null): string => (atMs === null ? '-' : new Date(atMs).toISOString().slice(0, 19).replace('T', ' '));

function rowsOf(found: readonly JobRow[], state: JobState): readonly string[] {
  const when = { waiting: 'ADDED', active: 'STARTED', delayed: 'DUE', failed: 'FAILED', completed: 'COMPLETED' }[state];
  const timeOf = (job: JobRow): number | null =>
    ({ waiting: job.createdAtMs, active: job.startedAtMs, delayed: job.dueAtMs, failed: job.finishedAtMs, completed: job.finishedAtMs })[state];
  return table(
    ['ID', 'JOB', `${when} (UTC)`, 'TRIES', 'WORKER', state === 'failed' ? 'WHY' : 'DATA'],
    found.map((job) => [
      job.id,
      job.name,
      day(timeOf(job)),
      `${job.attempts}/${job.maxAttempts}`,
      job.worker,
      printable(state === 'failed' ? (job.error ?? '') : job.preview).slice(0, 80),
    ]),
  );
}
