import { methods } from '../../contract/methods.js';
import { type Health, healthSchema, type ProcessView } from '../../contract/state.js';
import { parse } from '../args.js';
import { type Command, type Context, exitCodes, json, line } from '../context.js';
import { bytes, type Colour, duration, paint, printable, table } from '../format.js';
import { connectHost } from '../host.js';
import { figuresTable } from './process-figures.js';

const usage = 'roost status [--wide] [--json]';
const colourOf: Readonly<Record<Health['status'], Colour>> = { healthy: 'green', degraded: 'yellow', down: 'red' };

export const status: Command = {
  name: 'status',
  usage: [usage],
  summary: 'health with reasons, queues and processes; --wide tells how they have done lately; exit code 4 unless healthy',
  async run(context, args) {
    const parsed = parse(args, usage, { wide: { type: 'boolean' } }, { least: 0, most: 0 });
    const host = await connectHost(context, parsed);
    const health = healthSchema.parse(await host.get('/api/health'));
    const { processes } = methods['process.list'].result.parse(await host.get('/api/processes'));
    if (parsed.values['json'] === true) json(context, { ...health, url: host.url, processes });
    else {
      show(context, health, host.url);
      const templates = parsed.values['wide'] === true ? (methods['pool.get'].result.parse(await host.get('/api/pool')).templates ?? []) : undefined;
      for (const row of templates === undefined ? processTable(processes) : figuresTable(processes, templates)) line(context, row);
    }
    return health.status === 'healthy' ? exitCodes.done : exitCodes.unhealthy;
  },
};

function show(context: Context, health: Health, url: string): void {
  const { sessions, required } = health;
  line(context, `${paint(context.colour, colourOf[health.status], health.status)}  up ${duration(health.uptimeMs)}, version ${health.version}, ${url}`);
  for (const reason of health.reasons)
    line(
      context,
      `  ${paint(context.colour, 'yellow', reason.code)} ${reason.process}: ${printable(reason.message)}${reason.runbook === '' ? '' : ` (roost runbook ${reason.runbook})`}`,
    );
  const missing = Object.entries(required)
    .filter(([, up]) => !up)
    .map(([name]) => name);
  line(context, `required  ${missing.length === 0 ? 'redis, api and worker are up' : `missing: ${missing.join(', ')}`}`);
  const fewer = sessions.wanted === undefined || sessions.wanted >= sessions.target ? '' : ` (quiet: ${sessions.target} are configured)`;
  line(
    context,
    `sessions  ${sessions.pool} of ${sessions.wanted ?? sessions.target} warm${fewer}, ${sessions.starting} starting, ${sessions.active} active, ${sessions.waiting} waiting, capacity ${sessions.capacity}`,
  );
  line(context, `errors    ${(health.errorRate * 100).toFixed(1)} % of the last 5 minutes`);
  line(context);
  for (const row of table(
    ['QUEUE', 'WAITING', 'ACTIVE', 'DELAYED', 'FAILED', 'COMPLETED', 'OLDEST', 'WORKERS'],
    Object.entries(health.queues).map(([name, queue]) => [
      name,
      queue.waiting,
      queue.active,
      queue.delayed,
      queue.failed,
      queue.completed,
      duration(queue.oldestWaitingMs),
      queue.workers,
    ]),
  ))
    line(context, row);
  line(context);
}

const processTable = (processes: readonly ProcessView[]): readonly string[] =>
  table(
    ['PROCESS', 'STATE', 'PID', 'UP', 'RESTARTS', 'MEMORY', 'DETAIL'],
    processes.map((process) => [
      process.name,
      process.state,
      process.pid,
      duration(process.uptimeMs),
      process.restarts,
      bytes(process.rssBytes),
      process.detail,
    ]),
  );
