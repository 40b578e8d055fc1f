import { RoostError } from '../../../contract/errors.js';
import type { ImportRow, ScheduleDraft } from '../../../contract/schedules.js';
import { nearestName } from '../../config/nearest-name.js';
import { type FoundEntry, readCelery, whenDraft } from './celery.js';
import { type CrontabLine, readCrontab } from './crontab.js';

export interface ImportRequest {
  readonly format: 'celery' | 'crontab';
  readonly text: string;
  readonly mode: 'run' | 'shadow';
  /** Where the text names none. */
  readonly tz: string;
  /** Celery's app: tasks that no handler stands for are sent to its own workers by `celery call`. */
  readonly app?: string | undefined;
  /** Task -> handler. */
  readonly handlers: Readonly<Record<string, string>>;
}

export interface ImportWorld {
  readonly knownHandlers: readonly string[];
  readonly knownQueues: readonly string[];
  readonly taken: ReadonlySet<string>;
  /** Whether Roost's environment has HOME: where cron starts its programs. */
  readonly hasHome: boolean;
  /** Throws what a save would; answers with the next runs. */
  check(name: string, draft: ScheduleDraft): readonly number[];
}

/** A text of another system, line by line: what each would become, or why it cannot. Pure but for the check. */
export function importRows(request: ImportRequest, world: ImportWorld): ImportRow[] {
  const names = new Set<string>();
  const rowOf = (source: string, wished: string, draft: ScheduleDraft | { readonly cannot: string }, note: string | null): ImportRow => {
    if ('cannot' in draft) return { source, name: null, verdict: 'cannot', why: draft.cannot, draft: null, next: [] };
    const name = freeName(wished, names);
    names.add(name);
    try {
      const next = [...world.check(name, draft)];
      if (world.taken.has(name)) return { source, name, verdict: 'exists', why: `a schedule named ${name} is there already and stays as it is`, draft, next };
      return { source, name, verdict: 'create', why: note, draft, next };
    } catch (error) {
      if (!(error instanceof RoostError)) throw error;
      return { source, name, verdict: 'cannot', why: error.message, draft, next: [] };
    }
  };
  if (request.format === 'crontab')
    return readCrontab(request.text).map((line) =>
      rowOf(line.source, line.argv[0] === undefined ? '' : nameOfProgram(line.argv), fromLine(line, request, world), null),
    );
  const { entries, tz } = readCelery(request.text);
  return entries.map((entry) => {
    const { draft, note } = fromEntry(entry, { ...request, tz: tz ?? request.tz }, world);
    return rowOf(`${entry.source}: ${entry.task}`, entry.name, draft, note);
  });
}

const cleanName = (text: string): string =>
  text
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '')
    .slice(0, 50) || 'imported';

/** Two lines of one program are two schedules. */
function freeName(wished: string, taken: ReadonlySet<string>): string {
  const base = cleanName(wished);
  for (let number = 1; ; number++) {
    const name = number === 1 ? base : `${base}-${number}`;
    if (!taken.has(name)) return name;
  }
}

const interpreters = /^(python|node|bash|sh|ruby|perl|php|env)[\d.]*$/;

/** The script, where an interpreter runs one. */
function nameOfProgram(argv: readonly string[]): string {
  const [program = '', ...rest] = argv;
  const name = (path: string): string => path.split('/').pop() ?? path;
  const script = interpreters.test(name(program))
    ? rest.find((word) => !word.startsWith('-') && /[/.]/.test(word) && !interpreters.test(name(word)))
    : undefined;
  return name(script ?? program).replace(/\.(py|sh|js|mjs|rb|pl|php)$/, '');
}

function fromLine(line: CrontabLine, { tz, mode }: ImportRequest, { hasHome }: ImportWorld): ScheduleDraft | { readonly cannot: string } {
  if (line.cannot !== undefined) return { cannot: line.cannot };
  const home = line.env['HOME'] === undefined ? (hasHome ? '${HOME}' : undefined) : literal(line.env['HOME']);
  const env = Object.fromEntries(Object.entries(line.env).map(([name, value]) => [name, literal(value)]));
  const data = {
    argv: line.argv.map(literal),
    ...(home === undefined ? {} : { cwd: home }),
    ...(Object.keys(env).length === 0 ? {} : { env }),
    ...(line.input === undefined ? {} : { input: literal(line.input) }),
  };
  // Cron neither skips nor queues: it starts the next run beside the one before. Here one is enough.
  return { cron: line.cron, tz: line.tz ?? tz, handler: 'command', data, missed: 'skip', overlap: 'skip', mode };
}

function fromEntry(
  entry: FoundEntry,
  request: ImportRequest,
  world: ImportWorld,
): { readonly draft: ScheduleDraft | { readonly cannot: string }; readonly note: string | null } {
  const cannot = (why: string) => ({ draft: { cannot: why }, note: null });
  if (entry.cannot !== undefined) return cannot(entry.cannot);
  if ('cannot' in entry.when) return cannot(entry.when.cannot);
  const base = { ...whenDraft(entry.when, request.tz), missed: 'skip', mode: request.mode } as const;
  const handler = handlerFor(entry.task, request.handlers, world.knownHandlers);
  if (handler !== undefined) {
    if (entry.args.length > 0) return cannot(`has positional args; the handler ${handler} takes named data only`);
    const strange = entry.queue !== undefined && !world.knownQueues.includes(entry.queue);
    const queue = entry.queue === undefined || strange ? {} : { queue: entry.queue };
    const data = Object.keys(entry.kwargs).length === 0 ? {} : { data: literalOf(entry.kwargs) as Record<string, unknown> };
    return { draft: { ...base, handler, ...queue, ...data }, note: strange ? `there is no queue ${entry.queue} here: it goes to the handler's own` : null };
  }
  if (request.app === undefined) {
    const near = nearestName(entry.task.split('.').pop() ?? '', world.knownHandlers);
    return cannot(
      `no handler stands for the task ${entry.task}${near === undefined ? '' : ` (is it ${near}?)`}: name one for it, or name the Celery app so that Roost sends the task to its workers`,
    );
  }
  const argv = ['celery', '-A', request.app, 'call', entry.task];
  if (entry.args.length > 0) argv.push('--args', JSON.stringify(entry.args));
  if (Object.keys(entry.kwargs).length > 0) argv.push('--kwargs', JSON.stringify(entry.kwargs));
  if (entry.queue !== undefined) argv.push('--queue', entry.queue);
  return { draft: { ...base, handler: 'command', data: { argv: argv.map(literal) } }, note: 'sent to the workers of Celery by celery call' };
}

/** By the table given, else where the task's own name is that of a handler. */
function handlerFor(task: string, table: Readonly<Record<string, string>>, known: readonly string[]): string | undefined {
  if (Object.hasOwn(table, task)) return table[task];
  const own = (task.split('.').pop() ?? '').replaceAll('_', '-').toLowerCase();
  return known.includes(own) ? own : undefined;
}

/** In the config file `${NAME}` would be looked up. */
const literal = (text: string): string => text.replaceAll('${', () => '$${');
function literalOf(value: unknown): unknown {
  if (typeof value === 'string') return literal(value);
  if (Array.isArray(value)) return value.map(literalOf);
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, literalOf(inner)])) : value;
}
