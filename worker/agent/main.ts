import { MessageTooLargeError } from '@agentclientprotocol/sdk';
import { systemClock } from '../../core/base/clock.js';
import { createLog } from '../../core/base/log.js';
import { createRoostAgent } from './roost-agent.js';
import { lineStream, type ParentPort, portStream } from './transport.js';

/** Stdout belongs to the protocol: everything meant for a person goes to stderr. */
const log = createLog({ clock: systemClock, level: 'info', sink: (line) => void process.stderr.write(`${line}\n`) });

/** Present only in a utility process of the desktop app, which has no stdin. */
const { parentPort } = process as NodeJS.Process & { readonly parentPort?: ParentPort };

process.on('uncaughtException', (error) => {
  log.error('uncaught', { error });
  process.exit(1);
});
// Node opens a debugger port on SIGUSR1 unless somebody listens: any program of this account could then run code in here.
if (process.platform !== 'win32') process.on('SIGUSR1', () => undefined);
// A Ctrl-C in the terminal reaches the whole group: the host drains its turns first and then ends us.
process.on('SIGINT', () => undefined);
// Nobody is left to read: end like at the end of the input.
process.stdout.on('error', () => process.exit(0));
process.stderr.on('error', () => undefined);

const connection = createRoostAgent({
  clock: systemClock,
  log,
  timeZone: () => Intl.DateTimeFormat().resolvedOptions().timeZone,
  newId: () => crypto.randomUUID(),
}).connect(parentPort === undefined ? lineStream(process.stdin, process.stdout) : portStream(parentPort));

// The parent is gone or broke the protocol: a turn in hand has nobody to answer.
void connection.closed.then(() => {
  const { reason } = connection.signal;
  const violated = reason instanceof MessageTooLargeError;
  if (violated) log.error('the client broke the protocol', { error: reason });
  process.exit(violated ? 1 : 0);
});
