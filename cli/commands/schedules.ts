import { methods } from '../../contract/methods.js';
import type { RunView, ScheduleDraft, ScheduleView } from '../../contract/schedules.js';
import { parse, text, wholeNumber } from '../args.js';
import { type Command, Ending, exitCodes, json, line } from '../context.js';
import { duration, paint, printable, table } from '../format.js';
import { connectHost } from '../host.js';
import { moment, type ScheduleCall } from './schedule-call.js';
import { compareSchedule, exportSchedules, importSchedules, listImports, undoImport } from './schedule-imports.js';

const usage = [
  'roost schedules [list]',
  'roost schedules show NAME [-n N]',
  'roost schedules run NAME [--data JSON]',
  'roost schedules pause NAME | resume NAME | delete NAME',
  'roost schedules set NAME [--cron C | --every D] [--tz Z] [--handler H] [--queue Q] [--data JSON] [--missed skip|once|all] [--window D] [--stagger D] [--overlap skip|queue|replace] [--mode run|shadow]',
  'roost schedules import --celery FILE|--crontab FILE [--dry-run] [--run] [--tz Z] [--app PROJ] [--map TASK=HANDLER]…',
  'roost schedules imports | undo ID | export --celery|--crontab | compare NAME --log FILE [--match TEXT]',
];

const textOptions = ['cron', 'every', 'tz', 'handler', 'queue', 'data', 'missed', 'window', 'stagger', 'overlap', 'mode', 'app', 'log', 'match'] as const;
const options = {
  ...Object.fromEntries(textOptions.map((name) => [name, { type: 'string' } as const])),
  celery: { type: 'string' },
  crontab: { type: 'string' },
  map: { type: 'string', multiple: true },
  'dry-run': { type: 'boolean' },
  run: { type: 'boolean' },
  lines: { type: 'string', short: 'n' },
} as const;

export const schedules: Command = {
  name: 'schedules',
  usage,
  summary: 'recurring jobs: see them, run, pause, change them, take them over from Celery beat or cron and back',
  async run(context, args) {
    // Export names the format without a file.
    const shown = args[0] === 'export' ? args.map((arg) => (arg === '--celery' || arg === '--crontab' ? `${arg}=` : arg)) : args;
    const parsed = parse(shown, usage.join(' | '), options, { least: 0, most: 2 });
    const [verb = 'list', name] = parsed.words;
    const act = acts[verb];
    if (act === undefined || act.named !== (name !== undefined)) throw new Ending(exitCodes.usage, `usage: ${usage.join(' | ')}`);
    const host = await connectHost(context, parsed);
    return act.run({ context, host, parsed, name: name ?? '', asJson: parsed.values['json'] === true });
  },
};

const at = (name: string): string => `/api/schedules/${encodeURIComponent(name)}`;

const acts: Readonly<Record<string, { readonly named: boolean; run(call: ScheduleCall): Promise<number> }>> = {
  list: { named: false, run: list },
  show: { named: true, run: show },
  run: { named: true, run: runNow },
  pause: { named: true, run: (call) => turn(call, 'pause') },
  resume: { named: true, run: (call) => turn(call, 'resume') },
  set: { named: true, run: set },
  delete: {
    named: true,
    async run({ context, host, name, asJson }) {
      const answer = methods['schedule.delete'].result.parse(await host.delete(at(name)));
      if (asJson) json(context, answer);
      else line(context, `${name} is deleted`);
      return exitCodes.done;
    },
  },
  import: { named: false, run: importSchedules },
  imports: { named: false, run: listImports },
  undo: { named: true, run: undoImport },
  export: { named: false, run: exportSchedules },
  compare: { named: true, run: compareSchedule },
};

const rule = ({ cron, everyMs, tz }: ScheduleView): string => (cron === null ? `every ${duration(everyMs)}` : `${cron} ${tz}`);
const soon = (atMs: number | undefined, nowMs: number): string => (atMs === undefined ? '-' : `in ${duration(Math.max(0, atMs - nowMs))}`);
const last = (run: RunView | null): string => (run === null ? '-' : `${run.outcome} ${moment(run.startedAtMs ?? run.atMs)}`);

async function list({ context, host, asJson }: ScheduleCall): Promise<number> {
  const found = methods['schedule.list'].result.parse(await host.get('/api/schedules'));
  if (asJson) json(context, found);
  else if (found.schedules.length === 0) line(context, 'there are no schedules');
  else
    for (const row of table(
      ['NAME', 'STATE', 'RULE', 'NEXT', 'NEXT (UTC)', 'LAST (UTC)', 'HANDLER', 'QUEUE'],
      found.schedules.map((one) => [
        one.name,
        one.state,
        rule(one),
        soon(one.next[0], found.nowMs),
        moment(one.next[0]),
        last(one.lastRun),
        one.handler,
        one.queue,
      ]),
    ))
      line(context, row);
  return exitCodes.done;
}

async function show({ context, host, parsed, name, asJson }: ScheduleCall): Promise<number> {
  const limit = wholeNumber(text(parsed, 'lines') ?? '20', '-n', 1, 200);
  const found = methods['schedule.get'].result.parse(await host.get(`${at(name)}?limit=${limit}`));
  if (asJson) {
    json(context, found);
    return exitCodes.done;
  }
  const { schedule, draft, runs, nowMs } = found;
  const tone = schedule.state === 'parked' || schedule.state === 'faulty' ? 'red' : 'bold';
  line(context, `${schedule.name}  ${paint(context.colour, tone, schedule.state)}  ${rule(schedule)}  ${schedule.handler} -> ${schedule.queue}`);
  if (schedule.why !== null) line(context, printable(schedule.why));
  line(context, `missed ${schedule.missed}, overlap ${schedule.overlap}, data ${printable(JSON.stringify(draft.data ?? {}))}`);
  for (const next of schedule.next) line(context, `next  ${moment(next)} UTC  ${soon(next, nowMs)}`);
  if (runs.length === 0) return exitCodes.done;
  line(context);
  for (const row of table(
    ['AT (UTC)', 'FOR (UTC)', 'KIND', 'OUTCOME', 'TOOK', 'JOB', 'NOTE'],
    runs.map((run) => [
      moment(run.atMs),
      moment(run.dueMs),
      run.kind,
      run.outcome,
      run.startedAtMs !== null && run.endedAtMs !== null ? duration(run.endedAtMs - run.startedAtMs) : '-',
      run.jobId,
      run.note,
    ]),
  ))
    line(context, row);
  return exitCodes.done;
}

async function runNow({ context, host, parsed, name, asJson }: ScheduleCall): Promise<number> {
  const data = objectOf(text(parsed, 'data'));
  const answer = methods['schedule.run'].result.parse(await host.post(`${at(name)}/run`, data === undefined ? {} : { data }));
  if (asJson) json(context, answer);
  else line(context, `${name} is in the queue ${answer.run.queue} as ${answer.run.jobId}`);
  return exitCodes.done;
}

async function turn({ context, host, name, asJson }: ScheduleCall, verb: 'pause' | 'resume'): Promise<number> {
  const answer = methods[`schedule.${verb}`].result.parse(await host.post(`${at(name)}/${verb}`));
  if (asJson) json(context, answer);
  else line(context, `${name} is ${answer.schedule.state}${answer.schedule.next[0] === undefined ? '' : `; next ${moment(answer.schedule.next[0])} UTC`}`);
  return exitCodes.done;
}

/** Changes what is named and leaves the rest; of another person's change meanwhile the host knows by the revision. */
async function set({ context, host, parsed, name, asJson }: ScheduleCall): Promise<number> {
  const found = methods['schedule.list'].result.parse(await host.get('/api/schedules')).schedules.find((one) => one.name === name);
  const before: ScheduleDraft = found === undefined ? {} : methods['schedule.get'].result.parse(await host.get(at(name))).draft;
  const changes: Record<string, unknown> = {};
  for (const field of ['cron', 'every', 'tz', 'handler', 'queue', 'missed', 'window', 'stagger', 'overlap', 'mode']) {
    const value = text(parsed, field);
    if (value !== undefined) changes[field] = value;
  }
  const data = objectOf(text(parsed, 'data'));
  if (data !== undefined) changes['data'] = data;
  if (Object.keys(changes).length === 0) throw new Ending(exitCodes.usage, `nothing to set; usage: ${usage[4]}`);
  const draft: Record<string, unknown> = { ...before, ...changes };
  // The one takes the place of the other.
  if ('cron' in changes && !('every' in changes)) delete draft['every'];
  if ('every' in changes && !('cron' in changes)) delete draft['cron'];
  const answer = methods['schedule.put'].result.parse(await host.put(at(name), { ...draft, ...(found === undefined ? {} : { revision: found.revision }) }));
  if (asJson) json(context, answer);
  else line(context, `${name} is ${answer.created ? 'added' : 'changed'}: ${rule(answer.schedule)}; next ${moment(answer.schedule.next[0])} UTC`);
  return exitCodes.done;
}

function objectOf(given: string | undefined): Record<string, unknown> | undefined {
  if (given === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(given);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new Ending(exitCodes.usage, `--data must be a JSON object such as '{"max_age_hours":12}'`);
}
