import { jobOutcomes } from '../../contract/job-views.js';
import { methods } from '../../contract/methods.js';
import { parse, text, wholeNumber } from '../args.js';
import { type Command, exitCodes, json, line } from '../context.js';
import { duration, printable, table } from '../format.js';
import { connectHost } from '../host.js';
import { span } from '../span.js';

const day = (atMs: number): string => new Date(atMs).toISOString().slice(0, 19).replace('T', ' ');

const historyUsage = `roost history [--queue Q] [--name JOB] [--outcome ${jobOutcomes.join('|')}] [--since 1d] [-n N]`;

export const history: Command = {
  name: 'history',
  usage: [historyUsage],
  summary: 'finished jobs of the last seven days, the newest first',
  async run(context, args) {
    const options = {
      queue: { type: 'string' },
      name: { type: 'string' },
      outcome: { type: 'string' },
      since: { type: 'string' },
      lines: { type: 'string', short: 'n' },
    } as const;
    const parsed = parse(args, historyUsage, options, { least: 0, most: 0 });
    const limit = wholeNumber(text(parsed, 'lines') ?? '50', '-n', 1, 500);
    const sinceMs = span(parsed, 'since');
    const query = new URLSearchParams({ limit: String(limit) });
    for (const name of ['queue', 'name', 'outcome']) {
      const value = text(parsed, name);
      if (value !== undefined) query.set(name, value);
    }
    if (sinceMs !== undefined) query.set('withinMs', String(sinceMs));
    const host = await connectHost(context, parsed);
    const records = [];
    for (let cursor: string | null = ''; cursor !== null && records.length < limit; ) {
      if (cursor !== '') query.set('cursor', cursor);
      query.set('limit', String(limit - records.length));
      const answer = methods['job.history'].result.parse(await host.get(`/api/history?${query}`));
      records.push(...answer.records);
      cursor = answer.next;
    }
    if (parsed.values['json'] === true) json(context, { records });
    else
      for (const row of table(
        ['ENDED (UTC)', 'QUEUE', 'JOB', 'ID', 'OUTCOME', 'WAITED', 'RAN', 'TRIES', 'WORKER', 'WHY'],
        records.map((one) => [
          day(one.endedAtMs),
          one.queue,
          one.name,
          one.id,
          one.outcome,
          duration(one.waitMs),
          duration(one.runMs),
          one.attempts,
          one.worker,
          one.error === null ? '' : printable(one.error).slice(0, 80),
        ]),
      ))
        line(context, row);
    return exitCodes.done;
  },
};
