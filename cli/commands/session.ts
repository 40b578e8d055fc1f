import { methods } from '../../contract/methods.js';
import type { SessionView } from '../../contract/state.js';
import { parse, required, text, wholeNumber } from '../args.js';
import { type Command, type Context, Ending, exitCodes, json, line } from '../context.js';
import { duration, printable, table } from '../format.js';
import { connectHost } from '../host.js';

const usages = {
  start: 'roost session start --user U [--template T] [--tier free|basic|pro]',
  list: 'roost session list [--status S] [--page N]',
  show: 'roost session show ID',
  stop: 'roost session stop ID',
} as const;
type Verb = keyof typeof usages;

export const session: Command = {
  name: 'session',
  usage: Object.values(usages),
  summary: 'start, list, show and stop sessions',
  async run(context, args) {
    const [verb = '', ...rest] = args;
    if (!Object.hasOwn(usages, verb)) throw new Ending(exitCodes.usage, `usage: ${Object.values(usages).join(' | ')}`);
    return acts[verb as Verb](context, rest);
  },
};

const acts: Readonly<Record<Verb, (context: Context, args: readonly string[]) => Promise<number>>> = {
  async start(context, args) {
    const parsed = parse(args, usages.start, { user: { type: 'string' }, template: { type: 'string' }, tier: { type: 'string' } }, { least: 0, most: 0 });
    const body = {
      userId: required(parsed, 'user', usages.start),
      ...optional('template', text(parsed, 'template')),
      ...optional('tier', text(parsed, 'tier')),
    };
    const host = await connectHost(context, parsed);
    const answer = methods['session.start'].result.parse(await host.post('/api/session/start', body));
    if (parsed.values['json'] === true) json(context, answer);
    else line(context, `${answer.sessionId}  ${answer.status}${answer.existing === true ? ' (existing)' : ''}  ${printable(answer.message)}`);
    return exitCodes.done;
  },
  async list(context, args) {
    const parsed = parse(args, usages.list, { status: { type: 'string' }, page: { type: 'string' } }, { least: 0, most: 0 });
    const query = new URLSearchParams({
      page: String(wholeNumber(text(parsed, 'page') ?? '1', '--page', 1, 100_000)),
      pageSize: '200',
      ...optional('status', text(parsed, 'status')),
    });
    const host = await connectHost(context, parsed);
    const answer = methods['session.list'].result.parse(await host.get(`/api/sessions?${query.toString()}`));
    if (parsed.values['json'] === true) json(context, answer);
    else {
      for (const row of table(
        ['SESSION', 'USER', 'STATUS', 'AGENT', 'PID', 'TURNS', 'STARTED IN'],
        answer.sessions.map((entry) => [entry.id, entry.userId, entry.status, entry.agentId, entry.agentPid, entry.turns, duration(entry.startupMs)]),
      ))
        line(context, row);
      const pages = Math.ceil(answer.total / answer.pageSize);
      if (pages > 1) line(context, `page ${answer.page} of ${pages}, ${answer.total} sessions`);
    }
    return exitCodes.done;
  },
  async show(context, args) {
    const parsed = parse(args, usages.show, {}, { least: 1, most: 1 });
    const host = await connectHost(context, parsed);
    const answer = methods['session.get'].result.parse(await host.get(`/api/session/${encodeURIComponent(parsed.words[0] ?? '')}`));
    if (parsed.values['json'] === true) json(context, answer.session);
    else for (const row of factsOf(answer.session)) line(context, row);
    return exitCodes.done;
  },
  async stop(context, args) {
    const parsed = parse(args, usages.stop, {}, { least: 1, most: 1 });
    const host = await connectHost(context, parsed);
    await host.post('/api/session/stop', { sessionId: parsed.words[0] });
    if (parsed.values['json'] === true) json(context, { success: true });
    else line(context, `${printable(parsed.words[0] ?? '')} stopped`);
    return exitCodes.done;
  },
};

function optional<K extends string>(name: K, value: string | undefined): { readonly [key in K]?: string } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [key in K]: string });
}

function factsOf(entry: SessionView): readonly string[] {
  const facts: readonly (readonly [string, string])[] = [
    ['session', entry.id],
    ['user', entry.userId],
    ['status', entry.status],
    ['agent', entry.agentId === null ? 'none' : `${entry.agentId}${entry.agentPid === null ? '' : ` (pid ${entry.agentPid})`}`],
    ['template', entry.template],
    ['tier', entry.tier],
    ['created', new Date(entry.createdAt).toISOString()],
    ['started in', `${duration(entry.startupMs)}${entry.prewarmed === true ? ' (warm)' : ''}`],
    ['turns', String(entry.turns)],
    ['last turn', entry.lastTurnAt === null ? 'none' : new Date(entry.lastTurnAt).toISOString()],
    ...(entry.workspace === undefined ? [] : [['files', entry.workspace] as const]),
    ...(entry.about?.title == null ? [] : [['about', entry.about.title] as const]),
    ...(entry.about?.context === undefined ? [] : [['context', `${entry.about.context.used} of ${entry.about.context.size} tokens`] as const]),
    ...(entry.about?.commands === undefined ? [] : [['commands', entry.about.commands.map(({ name }) => `/${name}`).join(' ')] as const]),
    ...(entry.error === undefined ? [] : [['error', entry.error] as const]),
  ];
  return facts.map(([name, value]) => `${name.padEnd(11)} ${printable(value)}`);
}
