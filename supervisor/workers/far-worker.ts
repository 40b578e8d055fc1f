import { type Config, configSchema, queuesOf } from '../../contract/config.js';
import { RoostError } from '../../contract/errors.js';
import type { Clock, Random } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';
import { pollUntil } from '../../core/base/poll.js';
import { connect, type Redis, whenReady } from '../../core/redis/connection.js';
import { type Keys, keysFor } from '../../core/redis/keys.js';
import { prepareDataDir } from '../data-dir.js';
import { HandlerCatalogue } from '../handler-pool/handler-catalogue.js';
import { HandlerPool } from '../handler-pool/handler-pool.js';
import { createLauncher, type ProcessLauncher } from '../process/launcher.js';
import { runDir } from '../process/ledger.js';
import { createNodeSpawner } from '../process/node-spawner.js';
import { reapLeftovers } from '../process/reap.js';
import { RestartBudget } from '../process/restart-budget.js';
import { QueueRegistry } from '../queues/queue-registry.js';
import { isOfNode } from '../queues/recovery.js';
import { ExternalRedis } from '../redis/external-redis.js';
import type { FleetDesk } from './fleet-options.js';
import { WorkerFleet } from './worker-fleet.js';

export interface FarWorkerOptions {
  readonly redisUrl: string;
  readonly prefix: string;
  /** Shared ones; turns belong to the node of their agents. */
  readonly queues: readonly string[];
  readonly concurrency: number;
  readonly dataDir: string;
  /** Of own handlers on this machine. */
  readonly handlersFolder: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly entryDir: string;
  readonly version: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

const startWithinMs = 60_000;

/**
 * A worker on a machine without a Roost of its own, on the Redis that Roost hosts share: its queue worker and its
 * handler processes are supervised here as there. It has a node name of its own, kept in its data directory.
 */
export class FarWorker {
  readonly #options: FarWorkerOptions;
  #stopAsked = new AbortController();
  #parts:
    | {
        readonly launcher: ProcessLauncher;
        readonly redis: ExternalRedis;
        readonly fleet: WorkerFleet;
        readonly pool: HandlerPool;
        readonly catalogue: HandlerCatalogue;
      }
    | undefined;
  #desk: FleetDesk | undefined;
  #registry: QueueRegistry | undefined;

  constructor(options: FarWorkerOptions) {
    this.#options = options;
  }

  /** Resolves with its node name once its queues are consumed. `bad-request` for queues it cannot take, `timeout` when Redis or the worker do not come up. */
  async start(): Promise<string> {
    const { clock, log, queues, version } = this.#options;
    if (queues.includes('turns')) throw new RoostError('bad-request', 'turns are served where the agents are; name other queues', { field: 'queues' });
    const { path, node, runId } = await prepareDataDir(this.#options.dataDir, this.#options);
    await reapLeftovers({ dataDir: path, runId, clock, log });
    const config = this.#config();
    const keys = keysFor(config.redis.prefix);
    const launcher = createLauncher({
      spawner: createNodeSpawner({ entryDir: this.#options.entryDir, toolDir: runDir(path), log }),
      dataDir: path,
      runId,
      clock,
      log,
    });
    const redis = new ExternalRedis({ url: this.#options.redisUrl, clock, log: log.child('redis'), keys, version });
    const { pool, catalogue } = this.#handlers(config, launcher, redis, node, path);
    const fleet = new WorkerFleet({
      config,
      node,
      keys,
      launcher,
      redis,
      clock,
      random: this.#options.random,
      log,
      budget: new RestartBudget(),
      desk: () => this.#desk,
      calls: { deliver: () => Promise.reject(new Error('a worker without agents serves no turns')), onTurn: () => undefined, handlers: pool },
    });
    this.#parts = { launcher, redis, fleet, pool, catalogue };
    redis.start();
    await this.#until('Redis to answer', () => redis.view().state === 'running');
    await this.#openDesk(config, keys, node, redis);
    await catalogue.start();
    pool.start();
    fleet.start();
    await this.#until('its worker to run', () => fleet.allRunning);
    fleet.prove();
    return node;
  }

  /** Drains, hands back what is left, and ends everything it started. */
  async stop(drainMs: number, hurry: AbortSignal): Promise<void> {
    this.#stopAsked.abort();
    const parts = this.#parts;
    if (parts === undefined) return;
    await parts.fleet.drain(drainMs, hurry);
    await parts.fleet.stop('the worker is stopping');
    await parts.catalogue.stop();
    await parts.pool.stop();
    await this.#registry?.close();
    this.#desk?.connection.disconnect();
    await parts.redis.stop('the worker is stopping');
    await parts.launcher.close();
  }

  /** The defaults, but for one worker with these queues. */
  #config(): Config {
    const { redisUrl, prefix, queues, concurrency } = this.#options;
    const parsed = configSchema.parse({
      redis: { mode: 'external', url: redisUrl, prefix },
      workers: { far: { concurrency: Object.fromEntries(queues.map((queue) => [queue, concurrency])) } },
    });
    const far = parsed.workers['far'];
    if (far === undefined) throw new RoostError('internal', 'the worker of these queues is missing');
    return { ...parsed, workers: { far } };
  }

  #handlers(config: Config, launcher: ProcessLauncher, redis: ExternalRedis, node: string, dataDir: string) {
    const { clock, env, handlersFolder, prefix } = this.#options;
    const log = this.#options.log.child('handlers');
    const { processes, recycleAfterJobs, memory, idleAfter, variables } = config.handlers;
    const given = Object.fromEntries(variables.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const])));
    const pool: HandlerPool = new HandlerPool({
      launcher,
      clock,
      log,
      settings: () => ({
        processes: Math.max(processes, this.#options.concurrency * this.#options.queues.length),
        recycleAfterJobs,
        memoryBytes: memory,
        idleAfterMs: idleAfter,
      }),
      setup: () => ({ type: 'setup', node, prefix, redis: redis.address(), dataDir, folder: handlersFolder, revision: catalogue.revision, env: given }),
      deadlines: (name) => catalogue.get(name),
      answer: async () => ({ error: { code: 'not-supported', message: 'There is no Roost on this machine that could be asked.' } }),
    });
    const catalogue = new HandlerCatalogue({
      clock,
      log,
      folder: () => handlersFolder,
      routes: () => ({}),
      spare: () => pool.spare(),
      onRead: (files) => {
        for (const file of files) if ('problem' in file) log.warn('a file is no handler', { file: file.file, problem: file.problem });
      },
    });
    return { pool, catalogue };
  }

  async #openDesk(config: Config, keys: Keys, node: string, redis: ExternalRedis): Promise<void> {
    const { clock, log } = this.#options;
    const connection: Redis = connect(redis.address(), 'calls', 'roost-worker', log);
    await whenReady(clock, connection, startWithinMs, this.#stopAsked.signal);
    const registry = new QueueRegistry({
      address: () => redis.address(),
      queues: () => queuesOf(config).filter((queue) => queue !== 'turns'),
      keys,
      node,
      clock,
      log,
    });
    this.#registry = registry;
    await registry.open();
    const requeue: FleetDesk['requeue'] = async (belongs, countsAsDeath) => {
      for (const queue of registry.names) await registry.requeueActive(queue, { predicate: (job) => belongs(job, queue), countsAsDeath });
    };
    // The data directory is ours alone, so whoever of this node held a job is dead.
    await requeue((job, queue) => isOfNode(job, queue, node), false);
    this.#desk = { registry, connection, requeue };
  }

  async #until(what: string, probe: () => boolean): Promise<void> {
    const outcome = await pollUntil(this.#options.clock, probe, { deadlineMs: startWithinMs, everyMs: 20, signal: this.#stopAsked.signal });
    if (outcome === 'timeout') throw new RoostError('timeout', `The start waited ${startWithinMs / 1_000} s in vain for ${what}.`);
    if (outcome === 'aborted') throw new RoostError('shutting-down', 'The worker was stopped while it started.');
  }
}
