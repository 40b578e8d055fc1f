import type { JobDetail } from '../../contract/job-views.js';
import { methods } from '../../contract/methods.js';
import { type Parsed, parse, text, wholeNumber } from '../args.js';
import { confirmed, yesOption } from '../confirm.js';
import { type Command, type Context, Ending, exitCodes, json, line } from '../context.js';
import { paint, printable } from '../format.js';
import { connectHost } from '../host.js';
import { span } from '../span.js';

const slowMs = 90_000;
const at = (queue: string | undefined, id: string | undefined): string => `/api/jobs/${encodeURIComponent(queue ?? '')}/${encodeURIComponent(id ?? '')}`;
const queueAt = (queue: string | undefined): string => `/api/queues/${encodeURIComponent(queue ?? '')}`;
const day = (atMs: number): string => new Date(atMs).toISOString().slice(0, 23).replace('T', ' ');

/** JSON of an option; the host checks what it holds. */
function dataOf(parsed: Parsed): object | undefined {
  const given = text(parsed, 'data');
  if (given === undefined) return undefined;
  try {
    const data: unknown = JSON.parse(given);
    if (typeof data === 'object' && data !== null && !Array.isArray(data)) return data;
  } catch {
    // Told below, with what is wanted.
  }
  throw new Ending(exitCodes.usage, '--data must be a JSON object, as in --data \'{"max_age_hours": 24}\'');
}

export const job: Command = {
  name: 'job',
  usage: ['roost job QUEUE ID'],
  summary: 'everything about one job: data, result, log, tries with stacks, timeline',
  async run(context, args) {
    const parsed = parse(args, 'roost job QUEUE ID', {}, { least: 2, most: 2 });
    const host = await connectHost(context, parsed);
    const found = methods['job.get'].result.parse(await host.get(at(parsed.words[0], parsed.words[1])));
    if (parsed.values['json'] === true) json(context, found.job);
    else show(context, found.job);
    return exitCodes.done;
  },
};

function show(context: Context, one: JobDetail): void {
  const tone = one.state === 'failed' ? 'red' : one.state === 'completed' ? 'green' : 'yellow';
  line(context, `${one.name} ${one.id} in ${one.queue}: ${paint(context.colour, tone, one.state)}, ${one.attempts} of ${one.maxAttempts} tries`);
  if (one.error !== null) line(context, `why       ${printable(one.error)}`);
  if (one.worker !== null) line(context, `worker    ${one.worker}`);
  if (one.deaths > 0) line(context, `deaths    ${one.deaths} workers died while they held it`);
  line(context, `data      ${printable(typeof one.data === 'string' ? one.data : JSON.stringify(one.data)).slice(0, 2_000)}`);
  if (one.result !== null) line(context, `result    ${printable(typeof one.result === 'string' ? one.result : JSON.stringify(one.result)).slice(0, 2_000)}`);
  line(context);
  for (const step of one.timeline) line(context, `${paint(context.colour, 'grey', day(step.atMs))}  ${printable(step.text)}`);
  if (one.logs.length > 0) line(context);
  for (const said of one.logs) line(context, `  ${printable(said)}`);
  for (const { attempt, stack } of one.tries) {
    if (stack === null) continue;
    line(context);
    line(context, `try ${attempt}`);
    line(context, printable(stack, true).replace(/^/gm, '  '));
  }
}

/** One act on one job, asked for first where it cannot be undone. */
const act = (name: 'cancel' | 'remove' | 'promote', summary: string, question?: (queue: string, id: string) => string): Command => ({
  name,
  usage: [`roost ${name} QUEUE ID${question === undefined ? '' : ' [--yes]'}`],
  summary,
  async run(context, args) {
    const parsed = parse(args, `roost ${name} QUEUE ID`, question === undefined ? {} : yesOption, { least: 2, most: 2 });
    const [queue = '', id = ''] = parsed.words;
    const host = await connectHost(context, parsed);
    if (question !== undefined) await confirmed(context, parsed, question(queue, id));
    const answer = methods[`job.${name}`].result.parse(await host.post(`${at(queue, id)}/${name}`, {}));
    if (parsed.values['json'] === true) json(context, answer);
    else line(context, printable(answer.message));
    return exitCodes.done;
  },
});

export const cancel = act('cancel', 'a job that waits is taken out, one in hand is told to stop', (queue, id) => `Cancel job ${id} of ${queue}?`);
export const remove = act('remove', 'removes a job that no worker holds', (queue, id) => `Remove job ${id} of ${queue} with all that is known of it?`);
export const promote = act('promote', 'a delayed job waits in line from now on');

const retryUsage = 'roost retry QUEUE ID | roost retry QUEUE --failed [--name JOB] [--yes]';

export const retry: Command = {
  name: 'retry',
  usage: ['roost retry QUEUE ID', 'roost retry QUEUE --failed [--name JOB] [--yes]'],
  summary: 'runs a job again with all its attempts; --failed every failed one',
  async run(context, args) {
    const options = { ...yesOption, failed: { type: 'boolean' }, name: { type: 'string' } } as const;
    const parsed = parse(args, retryUsage, options, { least: 1, most: 2 });
    const [queue = '', id] = parsed.words;
    if ((id === undefined) !== (parsed.values['failed'] === true)) throw new Ending(exitCodes.usage, `usage: ${retryUsage}`);
    const host = await connectHost(context, parsed);
    if (id !== undefined) {
      const answer = methods['job.retry'].result.parse(await host.post(`${at(queue, id)}/retry`, {}));
      if (parsed.values['json'] === true) json(context, answer);
      else line(context, answer.message);
      return exitCodes.done;
    }
    const name = text(parsed, 'name');
    await confirmed(context, parsed, `Run every failed job of ${queue}${name === undefined ? '' : ` named ${name}`} again?`);
    const answer = methods['queue.retryFailed'].result.parse(await host.post(`${queueAt(queue)}/retry-failed`, name === undefined ? {} : { name }, slowMs));
    if (parsed.values['json'] === true) json(context, answer);
    else line(context, `${answer.retried} back in line, ${answer.skipped} could not be retried, ${answer.left} still failed`);
    return exitCodes.done;
  },
};

const addUsage = 'roost add QUEUE JOB [--data JSON] [--delay 10m] [--priority N] [--attempts N]';
const duplicateUsage = 'roost duplicate QUEUE ID [--data JSON]';

export const add: Command = {
  name: 'add',
  usage: [addUsage],
  summary: 'adds a job for a handler by hand',
  async run(context, args) {
    const options = { data: { type: 'string' }, delay: { type: 'string' }, priority: { type: 'string' }, attempts: { type: 'string' } } as const;
    const parsed = parse(args, addUsage, options, { least: 2, most: 2 });
    const [queue = '', name = ''] = parsed.words;
    const [priority, attempts, delayMs] = [text(parsed, 'priority'), text(parsed, 'attempts'), span(parsed, 'delay')];
    const body = {
      name,
      data: dataOf(parsed) ?? {},
      ...(priority === undefined ? {} : { priority: wholeNumber(priority, '--priority', 1, 1_000_000) }),
      ...(attempts === undefined ? {} : { attempts: wholeNumber(attempts, '--attempts', 1, 100) }),
      ...(delayMs === undefined ? {} : { delayMs }),
    };
    const host = await connectHost(context, parsed);
    const answer = methods['job.add'].result.parse(await host.post(`${queueAt(queue)}/jobs`, body));
    if (parsed.values['json'] === true) json(context, answer);
    else line(context, `job ${answer.id} is in ${answer.queue}`);
    return exitCodes.done;
  },
};

export const duplicate: Command = {
  name: 'duplicate',
  usage: [duplicateUsage],
  summary: 'a new job of the same kind, with other data if given',
  async run(context, args) {
    const parsed = parse(args, duplicateUsage, { data: { type: 'string' } }, { least: 2, most: 2 });
    const [queue = '', id = ''] = parsed.words;
    const data = dataOf(parsed);
    const host = await connectHost(context, parsed);
    const answer = methods['job.duplicate'].result.parse(await host.post(`${at(queue, id)}/duplicate`, data === undefined ? {} : { data }));
    if (parsed.values['json'] === true) json(context, answer);
    else line(context, `job ${answer.id} is in ${answer.queue}`);
    return exitCodes.done;
  },
};
