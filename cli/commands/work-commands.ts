import { methods } from '../../contract/methods.js';
import { parseDurationMs } from '../../contract/quantities.js';
import type { WorkerView } from '../../contract/work-methods.js';
import { parse, wholeNumber } from '../args.js';
import { type Command, Ending, exitCodes, json, line } from '../context.js';
import { bytes, duration, paint, printable, table } from '../format.js';
import { connectHost } from '../host.js';

/** Commands about workers and handlers. */

const workersUsage = ['roost workers [list]', 'roost workers tune NAME QUEUE=N …', 'roost workers renew NAME', 'roost workers rate QUEUE MAX/TIME|none'];
const misuse = (usage: readonly string[]): Ending => new Ending(exitCodes.usage, `usage: ${usage.join(' | ')}`);

/** "analysis=4" */
function slotsOf(words: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    words.map((word) => {
      const [queue = '', count = '', ...more] = word.split('=');
      if (queue === '' || more.length > 0) throw misuse(workersUsage);
      return [queue, wholeNumber(count, queue, 1, 200)];
    }),
  );
}

/** "10/1s": ten jobs every second. */
function rateOf(word: string): { readonly max: number; readonly everyMs: number } | null {
  if (word === 'none') return null;
  const [max = '', time = '', ...more] = word.split('/');
  const everyMs = parseDurationMs(time);
  if (everyMs === undefined || more.length > 0) throw misuse(workersUsage);
  return { max: wholeNumber(max, 'MAX', 1, 1_000_000), everyMs };
}

const queuesText = ({ queues }: WorkerView): string =>
  queues.map(({ queue, slots, configured, busy }) => `${queue} ${busy}/${slots}${slots === configured ? '' : ` (config ${configured})`}`).join(', ');

const workers: Command = {
  name: 'workers',
  usage: workersUsage,
  summary: 'workers here and on other machines with their queues (busy/slots); tune and rate hold until the config is edited, renew gives a fresh process',
  async run(context, args) {
    const parsed = parse(args, workersUsage.join(' | '), {}, { least: 0, most: 40 });
    const [verb = 'list', name, ...rest] = parsed.words;
    const asJson = parsed.values['json'] === true;
    const named = (): string => {
      if (name === undefined) throw misuse(workersUsage);
      return encodeURIComponent(name);
    };
    if (verb === 'tune') {
      if (rest.length === 0) throw misuse(workersUsage);
      const concurrency = slotsOf(rest);
      const path = `/api/workers/${named()}/tune`;
      const host = await connectHost(context, parsed);
      const answer = methods['worker.tune'].result.parse(await host.post(path, { concurrency }));
      const held = Object.entries(answer.concurrency).map(([queue, slots]) => `${slots} of ${queue}`);
      if (asJson) json(context, answer);
      else line(context, `${name} takes ${held.join(', ')}`);
    } else if (verb === 'renew' && rest.length === 0) {
      const path = `/api/workers/${named()}/renew`;
      const host = await connectHost(context, parsed);
      const answer = methods['worker.renew'].result.parse(await host.post(path));
      if (asJson) json(context, answer);
      else line(context, answer.renewed ? `a fresh process has taken over ${name}` : `${name} goes on with the process it has`);
      return answer.renewed ? exitCodes.done : exitCodes.failed;
    } else if (verb === 'rate' && rest.length === 1) {
      const rate = rateOf(rest[0] ?? '');
      const path = `/api/queues/${named()}/tune`;
      const host = await connectHost(context, parsed);
      const answer = methods['queue.tune'].result.parse(await host.post(path, { rate }));
      if (asJson) json(context, answer);
      else line(context, rate === null ? `${name} has no rate limit` : `${name} begins at most ${rate.max} jobs every ${duration(rate.everyMs)}`);
    } else if (verb === 'list' && name === undefined) {
      const host = await connectHost(context, parsed);
      const found = methods['worker.list'].result.parse(await host.get('/api/workers'));
      if (asJson) {
        json(context, found);
        return exitCodes.done;
      }
      for (const row of table(
        ['WORKER', 'MACHINE', 'STATE', 'PID', 'UP', 'JOBS', 'MEMORY', 'QUEUES'],
        found.workers.map((one) => [
          one.name,
          one.machine ?? 'here',
          one.state,
          one.pid,
          duration(one.ageMs),
          one.jobsDone,
          bytes(one.rssBytes),
          queuesText(one),
        ]),
      ))
        line(context, row);
      const { processes, busy, waiting, most } = found.handlerProcesses;
      line(context, `handlers  ${processes} of at most ${most} processes, ${busy} busy, ${waiting} jobs wait for one`);
      for (const [queue, { max, everyMs }] of Object.entries(found.rates)) line(context, `rate      ${queue}: at most ${max} jobs every ${duration(everyMs)}`);
    } else throw misuse(workersUsage);
    return exitCodes.done;
  },
};

const handlersUsage = 'roost handlers';

const handlers: Command = {
  name: 'handlers',
  usage: [handlersUsage],
  summary: 'what jobs there are handlers for, own ones and files that are none among them',
  async run(context, args) {
    const parsed = parse(args, handlersUsage, {}, { least: 0, most: 0 });
    const host = await connectHost(context, parsed);
    const found = methods['handler.list'].result.parse(await host.get('/api/handlers'));
    if (parsed.values['json'] === true) {
      json(context, found);
      return exitCodes.done;
    }
    for (const row of table(
      ['HANDLER', 'QUEUE', 'SOFT', 'HARD', 'RETRY', 'OWN', 'SUMMARY'],
      found.handlers.map((one) => [one.name, one.queue, duration(one.softMs), duration(one.hardMs), one.retry, one.own ? 'yes' : '', one.summary]),
    ))
      line(context, row);
    for (const { file, problem } of found.problems) line(context, paint(context.colour, 'yellow', `${printable(file)} is no handler: ${printable(problem)}`));
    return exitCodes.done;
  },
};

/** Started by the launcher, like the host: it needs none. */
const worker: Command = {
  name: 'worker',
  usage: ['roost worker --redis-url URL --queues a,b [--concurrency N] [--prefix P] [--handlers FOLDER]'],
  summary: 'a worker on another machine, on the Redis that hosts share; REDIS_URL serves, too',
  async run() {
    throw new Ending(exitCodes.usage, `the launcher runs this one; usage: ${worker.usage.join('')}`);
  },
};

export const workCommands: readonly Command[] = [workers, handlers, worker];
