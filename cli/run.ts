import { ZodError } from 'zod';
import { RoostError } from '../contract/errors.js';
import { approvalCommands } from './commands/approval-commands.js';
import { ask, feedback } from './commands/ask.js';
import { backup, restore } from './commands/backup.js';
import { coordinatorCommands } from './commands/coordinator-commands.js';
import { doctor } from './commands/doctor.js';
import { hold, release } from './commands/hold.js';
import { incidents } from './commands/incidents.js';
import { open, pool } from './commands/pool.js';
import { processes } from './commands/process-figures.js';
import { logs, restart, start, stop } from './commands/processes.js';
import { queueCommands } from './commands/queue-commands.js';
import { runbook } from './commands/runbook.js';
import { scheduleCommands } from './commands/schedule-commands.js';
import { session } from './commands/session.js';
import { sessionCommands } from './commands/session-commands.js';
import { status } from './commands/status.js';
import { workCommands } from './commands/work-commands.js';
import { type Command, type Context, Ending, exitCodes, line } from './context.js';
import { printable } from './format.js';

/** Started by the launcher, which knows where the host program is; here it is only described. */
const up: Command = {
  name: 'up',
  usage: ['roost up [--config F] [--data-dir D] [--port N] [--host 127.0.0.1] [--open|--no-open]'],
  summary: 'starts the host with its screen and API on loopback',
  async run() {
    throw new Ending(exitCodes.usage, `the host is started by the launcher; usage: ${up.usage.join('')}`);
  },
};

/** Likewise: checking a file needs the parser, which belongs to the host. */
const config: Command = {
  name: 'config',
  usage: ['roost config check [FILE] | show [FILE] | redis [FILE] | schema'],
  summary: 'checks a config file, shows the settings with every default, which Redis server a start would use, prints the JSON Schema; no host has to run',
  async run() {
    throw new Ending(exitCodes.usage, `the launcher runs this one; usage: ${config.usage.join('')}`);
  },
};

export const commands: readonly Command[] = [
  up,
  status,
  processes,
  doctor,
  runbook,
  start,
  stop,
  restart,
  logs,
  session,
  ask,
  feedback,
  pool,
  hold,
  release,
  incidents,
  backup,
  restore,
  ...queueCommands,
  ...workCommands,
  ...scheduleCommands,
  ...coordinatorCommands,
  ...approvalCommands,
  ...sessionCommands,
  open,
  config,
];

function help(context: Context): void {
  line(context, 'roost keeps your agents warm');
  line(context);
  for (const command of commands)
    for (const [index, usage] of command.usage.entries()) line(context, `  ${usage}${index === 0 ? `\n      ${command.summary}` : ''}`);
  line(context);
  line(context, 'Every command takes --data-dir D (or ROOST_DATA_DIR) and --json.');
  line(context, 'Exit codes: 0 done, 1 failed, 2 bad usage, 3 no host running, 4 unhealthy.');
}

/** One command from arguments to exit code; a failure is one line on stderr. */
export async function runCli(context: Context, argv: readonly string[]): Promise<number> {
  const [name, ...args] = argv;
  if (name === 'help' || name === '--help' || name === '-h' || args.includes('--help')) {
    help(context);
    return exitCodes.done;
  }
  if (name === '--version' || name === 'version') {
    line(context, context.version);
    return exitCodes.done;
  }
  const command = commands.find((known) => known.name === name);
  if (command === undefined) {
    context.err(
      name === undefined
        ? 'roost: which command? roost help lists them'
        : `roost: there is no command ${JSON.stringify(printable(name).slice(0, 40))}; roost help lists them`,
    );
    return exitCodes.usage;
  }
  try {
    return await command.run(context, args);
  } catch (error) {
    return fail(context, error);
  }
}

function fail(context: Context, error: unknown): number {
  if (error instanceof Ending) {
    context.err(`roost: ${printable(error.message)}`);
    return error.exitCode;
  }
  if (error instanceof RoostError) {
    context.err(`roost: ${printable(error.message)}`);
    return error.code === 'bad-request' ? exitCodes.usage : exitCodes.failed;
  }
  if (error instanceof ZodError) {
    context.err('roost: the host answered in a form this version does not know: are both the same version?');
    return exitCodes.failed;
  }
  context.err(`roost: ${printable(error instanceof Error ? error.message : String(error))}`);
  return exitCodes.failed;
}
