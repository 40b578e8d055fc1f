import { chmod } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { queueNameSchema } from '../contract/config-queues.js';
import { defaultDataDir, type Surroundings } from '../contract/data-dir.js';
import { RoostError } from '../contract/errors.js';
import type { Clock, Random } from '../core/base/clock.js';
import { createLog } from '../core/base/log.js';
import { makeDirectory } from '../core/base/make-directory.js';
import { readIdentity, sameProcess } from '../supervisor/process/identity.js';
import { FarWorker } from '../supervisor/workers/far-worker.js';
import { InstanceLock } from './instance-lock.js';
import { newSecretText } from './secret.js';

/** `roost worker`: a worker on a machine without a Roost host, on a Redis that hosts elsewhere share. */

export interface FarWorkerWorld extends Surroundings {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly pid: number;
  readonly entryDir: string;
  readonly version: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
  /** SIGTERM and its kin; called again for each further one. */
  readonly onSignal: (listener: (name: string) => void) => void;
}

const usage =
  'usage: roost worker --redis-url URL --queues a,b [--concurrency N] [--prefix roost] [--handlers FOLDER] [--data-dir D]   (REDIS_URL serves, too, and is not seen in the process list)';
const exitCodes = { done: 0, failed: 1, usage: 2 } as const;
const drainMs = 30_000;

const options = {
  'redis-url': { type: 'string' },
  queues: { type: 'string' },
  concurrency: { type: 'string', default: '4' },
  prefix: { type: 'string', default: 'roost' },
  handlers: { type: 'string' },
  'data-dir': { type: 'string' },
} as const;

interface Wishes {
  readonly redisUrl: string;
  readonly queues: readonly string[];
  readonly concurrency: number;
  readonly prefix: string;
  readonly handlersFolder: string | null;
  readonly dataDir: string;
}

/** Throws `bad-request` that names the flag. */
export function farWorkerWishes(world: Pick<FarWorkerWorld, 'argv' | 'env' | 'platform' | 'home' | 'cwd'>): Wishes {
  const wrong = (message: string): RoostError => new RoostError('bad-request', message);
  const { values } = parsed(world.argv);
  const redisUrl = values['redis-url'] ?? world.env['REDIS_URL'];
  if (redisUrl === undefined || !/^rediss?:\/\/[^\s]+$/.test(redisUrl)) throw wrong('--redis-url must be given and start with redis:// or rediss://');
  const queues = [...new Set((values.queues ?? '').split(',').map((one) => one.trim()))].filter((one) => one !== '');
  if (queues.length === 0) throw wrong('--queues must name at least one queue, as in --queues analysis,trends');
  const stranger = queues.find((queue) => !queueNameSchema.safeParse(queue).success);
  if (stranger !== undefined) throw wrong(`--queues: ${JSON.stringify(stranger.slice(0, 40))} is no queue name`);
  const concurrency = /^\d{1,3}$/.test(values.concurrency) ? Number(values.concurrency) : 0;
  if (concurrency < 1 || concurrency > 200) throw wrong('--concurrency must be a whole number from 1 to 200');
  if (!/^[A-Za-z0-9_-]{1,40}$/.test(values.prefix)) throw wrong('--prefix must be 1 to 40 of A-Z a-z 0-9 _ -');
  const base = values['data-dir'] === undefined ? defaultDataDir(world) : resolve(world.cwd, values['data-dir']);
  if (base === undefined) throw wrong('--data-dir is needed: this account has no home directory');
  return {
    redisUrl,
    queues,
    concurrency,
    prefix: values.prefix,
    handlersFolder: values.handlers === undefined ? null : resolve(world.cwd, values.handlers),
    // Beside a host's own directory, not in it: both may run on one machine.
    dataDir: values['data-dir'] === undefined ? join(base, 'far-worker') : base,
  };
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options });
  } catch (cause) {
    throw new RoostError('bad-request', (cause as Error).message.split('. ')[0] ?? 'bad arguments', { cause });
  }
}

/** Resolves with the exit code, after a signal and the drain. */
export async function runFarWorker(world: FarWorkerWorld): Promise<number> {
  const { clock, random, env, entryDir, version } = world;
  let wishes: Wishes;
  try {
    wishes = farWorkerWishes(world);
  } catch (error) {
    world.err(`roost worker: ${error instanceof RoostError ? error.message : String(error)}; ${usage}`);
    return exitCodes.usage;
  }
  const log = createLog({ clock, level: 'info', sink: world.err });
  const hurry = new AbortController();
  let asked: (name: string) => void = () => undefined;
  const signalled = new Promise<string>((done) => {
    asked = done;
  });
  let signals = 0;
  world.onSignal((name) => {
    if (signals++ > 0) hurry.abort();
    asked(name);
  });
  const worker = new FarWorker({ ...wishes, env, entryDir, version, clock, random, log });
  let lock: InstanceLock | undefined;
  try {
    lock = await lockDirectory(world, wishes.dataDir);
    const node = await worker.start();
    world.out(`roost worker ready node=${node} host=${hostname()} queues=${wishes.queues.join(',')} pid=${world.pid}`);
    const reason = await signalled;
    log.info('stopping', { reason, drainMs });
    return exitCodes.done;
  } catch (error) {
    world.err(`roost worker: ${error instanceof RoostError ? error.message : 'it failed; the log has the details'}`);
    if (!(error instanceof RoostError)) log.error('the worker failed', { error });
    return exitCodes.failed;
  } finally {
    await worker.stop(drainMs, hurry.signal);
    await lock?.release();
  }
}

/** One worker for a directory: its node name decides whose jobs are put back in line at its start. */
async function lockDirectory(world: FarWorkerWorld, dataDir: string): Promise<InstanceLock> {
  await makeDirectory(dataDir);
  await chmod(dataDir, 0o700);
  const self = (await readIdentity(world.pid)) ?? { pid: world.pid, startedAt: 'unknown', bootId: 'unknown' };
  const lock = new InstanceLock({ dataDir, self, lives: sameProcess, nonce: newSecretText(), clock: world.clock });
  await lock.acquire();
  return lock;
}
