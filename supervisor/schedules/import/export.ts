import type { ScheduleConfig, SchedulesConfig } from '../../../contract/config-schedules.js';

export interface Exported {
  readonly text: string;
  /** What the other system cannot do. */
  readonly left: { name: string; why: string }[];
}

const minuteMs = 60_000;

/** The same times as a crontab line; undefined where it has none. */
function cronText({ cron, every }: ScheduleConfig): string | undefined {
  if (cron !== undefined) return cron.trim();
  if (every === undefined || every % minuteMs !== 0) return undefined;
  const minutes = every / minuteMs;
  if (60 % minutes === 0) return minutes === 60 ? '0 * * * *' : minutes === 1 ? '* * * * *' : `*/${minutes} * * * *`;
  if (minutes % 60 === 0 && 24 % (minutes / 60) === 0) return minutes === 1_440 ? '0 0 * * *' : `0 */${minutes / 60} * * *`;
  return undefined;
}

/** The way back to cron: commands only, since nothing else runs without Roost. */
export function exportCrontab(schedules: SchedulesConfig): Exported {
  const left: { name: string; why: string }[] = [];
  const lines: string[] = [];
  let tz = '';
  const entries = Object.entries(schedules).sort(([, a], [, b]) => zoneOf(a).localeCompare(zoneOf(b)));
  for (const [name, config] of entries) {
    const cron = cronText(config);
    const argv = config.data['argv'];
    if (config.handler !== 'command' || !Array.isArray(argv)) left.push({ name, why: `runs the handler ${config.handler}, which only Roost has` });
    else if (cron === undefined) left.push({ name, why: 'its interval has no crontab line' });
    else {
      const command = commandLine(argv.map(String), config.data);
      if (command === undefined) {
        left.push({ name, why: 'its command holds a line end' });
        continue;
      }
      if (zoneOf(config) !== tz) {
        tz = zoneOf(config);
        lines.push(`CRON_TZ=${tz}`);
      }
      lines.push(`# ${name}${config.mode === 'shadow' ? ' (a shadow in Roost)' : ''}`, `${cron} ${command}`);
    }
  }
  return { text: lines.length === 0 ? '' : `${lines.join('\n')}\n`, left };
}

const zoneOf = ({ cron, tz }: ScheduleConfig): string => (cron === undefined ? 'UTC' : tz);
const shellWord = (text: string): string => (/^[A-Za-z0-9_@+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

function commandLine(argv: readonly string[], data: Readonly<Record<string, unknown>>): string | undefined {
  const env = typeof data['env'] === 'object' && data['env'] !== null ? Object.entries(data['env']) : [];
  const words = [...env.map(([name, value]) => `${name}=${shellWord(String(value))}`), ...argv.map(shellWord)];
  const cwd = typeof data['cwd'] === 'string' ? `cd ${shellWord(data['cwd'])} && ` : '';
  const input = typeof data['input'] === 'string' ? `\n${data['input'].replace(/\n$/, '')}` : '';
  const text = `${cwd}${words.join(' ')}`;
  // A bare % would end the command; behind one, a line end of the input is written as another.
  return text.includes('\n') ? undefined : `${text.replaceAll('%', '\\%')}${input.replaceAll('%', '\\%').replaceAll('\n', '%')}`;
}

/** The way back to Celery beat: tasks that came from there, and those whose handler is a task of the same name. */
export function exportCelery(schedules: SchedulesConfig): Exported {
  const left: { name: string; why: string }[] = [];
  const entries: string[] = [];
  const zones = new Set(Object.values(schedules).flatMap(({ cron, tz }) => (cron === undefined ? [] : [tz])));
  const [zone = 'UTC'] = zones;
  for (const [name, config] of Object.entries(schedules)) {
    const called = calledTask(config);
    const when = config.every === undefined ? crontabCall(config.cron ?? '') : `${config.every / 1_000}`;
    if (called === undefined) left.push({ name, why: `runs a command of its own, which is no task of Celery` });
    else if (when === undefined) left.push({ name, why: 'restricts the day of the month and the day of the week: Celery would want both' });
    else if (config.cron !== undefined && config.tz !== zone)
      left.push({ name, why: `goes by ${config.tz}; the others by ${zone}, and Celery has one zone for all` });
    else {
      const parts = [`'task': ${py(called.task)}`, `'schedule': ${when}`];
      if (called.args.length > 0) parts.push(`'args': ${py(called.args)}`);
      if (Object.keys(called.kwargs).length > 0) parts.push(`'kwargs': ${py(called.kwargs)}`);
      if (called.queue !== undefined) parts.push(`'options': {'queue': ${py(called.queue)}}`);
      entries.push(`    ${py(name)}: {\n${parts.map((part) => `        ${part},\n`).join('')}    },\n`);
    }
  }
  return { text: `from celery.schedules import crontab\n\ntimezone = ${py(zone)}\nbeat_schedule = {\n${entries.join('')}}\n`, left };
}

interface Called {
  readonly task: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly queue: string | undefined;
}

function calledTask(config: ScheduleConfig): Called | undefined {
  if (config.handler !== 'command') return { task: config.handler.replaceAll('-', '_'), args: [], kwargs: config.data, queue: config.queue };
  const argv = Array.isArray(config.data['argv']) ? config.data['argv'].map(String) : [];
  const at = argv.indexOf('call');
  const task = argv[at + 1];
  if (argv[0] !== 'celery' || at < 0 || task === undefined) return undefined;
  const option = (name: string): string | undefined => (argv.includes(name) ? argv[argv.indexOf(name) + 1] : undefined);
  try {
    return {
      task,
      args: JSON.parse(option('--args') ?? '[]') as unknown[],
      kwargs: JSON.parse(option('--kwargs') ?? '{}') as Record<string, unknown>,
      queue: option('--queue'),
    };
  } catch {
    // Edited by hand into something else: no task that could be written as an entry.
    return undefined;
  }
}

function crontabCall(cron: string): string | undefined {
  const macros: Readonly<Record<string, string>> = {
    '@hourly': '0 * * * *',
    '@daily': '0 0 * * *',
    '@midnight': '0 0 * * *',
    '@weekly': '0 0 * * 0',
    '@monthly': '0 0 1 * *',
    '@yearly': '0 0 1 1 *',
    '@annually': '0 0 1 1 *',
  };
  const [minute = '*', hour = '*', day = '*', month = '*', weekday = '*'] = (macros[cron.trim().toLowerCase()] ?? cron.trim()).split(/\s+/);
  if (!/^[*?]/.test(day) && !/^[*?]/.test(weekday)) return undefined;
  const plain = (text: string): string => py(text.replaceAll('?', '*').toLowerCase());
  return `crontab(minute=${plain(minute)}, hour=${plain(hour)}, day_of_month=${plain(day)}, month_of_year=${plain(month)}, day_of_week=${plain(weekday).replace(/\b7\b/g, '0')})`;
}

function py(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value)) return `[${value.map(py).join(', ')}]`;
  if (typeof value === 'object')
    return `{${Object.entries(value)
      .map(([key, inner]) => `${py(key)}: ${py(inner)}`)
      .join(', ')}}`;
  // JSON's escapes are Python's, but for characters beyond 16 bits, which stand as they are.
  return JSON.stringify(String(value));
}
