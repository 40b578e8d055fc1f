import { methods } from '../../contract/methods.js';
import type { PoolView, ProcessView } from '../../contract/state.js';
import { parse } from '../args.js';
import { type Command, type Context, Ending, exitCodes, json, line } from '../context.js';
import { bytes, type Cell, duration, printable, table } from '../format.js';
import { connectHost } from '../host.js';

const usage = 'roost processes [NAME] [--json]';

type Figures = Pick<ProcessView, 'restartsByCause' | 'manualRestartsToday' | 'manualRestartsWeek' | 'mtbfMs'>;

/** "3 crash, 1 stalled", the most frequent first; what the automatic restarts of eight days answered. */
export function causesText(byCause: Figures['restartsByCause']): string {
  const counted = Object.entries(byCause ?? {}).filter(([, count]) => count > 0);
  return counted.length === 0
    ? '-'
    : counted
        .sort(([left, many], [right, few]) => few - many || left.localeCompare(right))
        .map(([cause, count]) => `${count} ${cause}`)
        .join(', ');
}

const header = ['PROCESS', 'STATE', 'PID', 'UP', 'LAST SIGN', 'MEMORY', 'CPU', 'MTBF', 'BY HAND TODAY', '8 DAYS', 'RESTARTS BY CAUSE, 8 DAYS'];
const lately = ({ mtbfMs, manualRestartsToday, manualRestartsWeek, restartsByCause }: Figures): readonly Cell[] => [
  mtbfMs === null ? '-' : duration(mtbfMs),
  manualRestartsToday ?? null,
  manualRestartsWeek ?? null,
  causesText(restartsByCause),
];

/** A line for each process, and one for all agents of a template together: an agent is never started again, another one takes its place. */
export function figuresTable(processes: readonly ProcessView[], templates: PoolView['templates']): readonly string[] {
  return table(header, [
    ...processes.map((one) => [
      one.name,
      one.state,
      one.pid,
      duration(one.uptimeMs),
      duration(one.statusAgeMs ?? null),
      bytes(one.rssBytes),
      one.cpuPercent === null ? '-' : `${one.cpuPercent.toFixed(1)} %`,
      ...lately(one),
    ]),
    ...(templates ?? []).flatMap(({ template, ready, assigned, figures }) =>
      figures === undefined ? [] : [[`agents of ${template}`, `${ready + assigned} running`, null, '-', '-', '-', '-', ...lately(figures)]],
    ),
  ]);
}

export const processes: Command = {
  name: 'processes',
  usage: [usage],
  summary: 'how each process has done: running time, last sign of life, MTBF, restarts by cause and by hand; with a name, all of one',
  async run(context, args) {
    const parsed = parse(args, usage, {}, { least: 0, most: 1 });
    const host = await connectHost(context, parsed);
    const all = methods['process.list'].result.parse(await host.get('/api/processes')).processes;
    const [name] = parsed.words;
    if (name !== undefined) {
      const found = all.find((one) => one.name === name);
      if (found === undefined)
        throw new Ending(
          exitCodes.failed,
          `there is no process ${JSON.stringify(printable(name).slice(0, 40))}; known are ${all.map((one) => one.name).join(', ')}`,
        );
      if (parsed.values['json'] === true) json(context, found);
      else whole(context, found);
      return exitCodes.done;
    }
    const { templates } = methods['pool.get'].result.parse(await host.get('/api/pool'));
    if (parsed.values['json'] === true)
      json(context, { processes: all, templates: (templates ?? []).map(({ template, figures }) => ({ template, figures: figures ?? null })) });
    else for (const row of figuresTable(all, templates)) line(context, row);
    return exitCodes.done;
  },
};

const time = (atMs: number): string => `${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

function whole(context: Context, one: ProcessView): void {
  const { lastExit } = one;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['state', `${one.state}: ${one.detail}`],
    ['kind', `${one.kind}${one.required ? ', required' : ''}`],
    ['pid', one.pid === null ? '-' : String(one.pid)],
    ['up', one.startedAtMs === null ? duration(one.uptimeMs) : `${duration(one.uptimeMs)}, since ${time(one.startedAtMs)} (start number ${one.incarnation})`],
    ['last sign', one.statusAgeMs == null ? undefined : `${duration(one.statusAgeMs)} ago`],
    ['memory', `${bytes(one.rssBytes)}${one.cpuPercent === null ? '' : `, ${one.cpuPercent.toFixed(1)} % of a core`}`],
    ['mtbf', one.mtbfMs === null ? 'no failure in eight days' : duration(one.mtbfMs)],
    ['restarts', `${one.restarts} by Roost, ${one.manualRestarts} by a person in this run`],
    ['by cause', `${causesText(one.restartsByCause)} in eight days`],
    ['by hand', `${one.manualRestartsToday ?? 0} today, ${one.manualRestartsWeek ?? 0} in eight days`],
    ['last exit', lastExit === null ? 'none' : `${time(lastExit.atMs)}, ${lastExit.cause}: ${lastExit.message}`],
    ['it said', lastExit?.lastLine],
    ['next try', one.retryAtMs === null ? undefined : time(one.retryAtMs)],
  ];
  line(context, one.name);
  for (const [name, value] of facts) if (value !== undefined) line(context, `  ${name.padEnd(10)}${printable(value)}`);
}
