import type { Config, QueueName } from '../../contract/config.js';
import { queueNames } from '../../contract/config.js';
import { RoostError } from '../../contract/errors.js';
import type { ToWorker } from '../../contract/messages.js';
import type { Clock, Random } from '../../core/base/clock.js';
import { within } from '../../core/base/deadline.js';
import type { Log } from '../../core/base/log.js';
import { Scope } from '../../core/base/scope.js';
import { physicalQueue } from '../../core/jobs/queues.js';
import type { Keys } from '../../core/redis/keys.js';
import type { Desk } from '../desk.js';
import type { Identity, Launcher } from '../process/types.js';
import { type BusySlots, Canary } from '../queues/canary.js';
import type { RedisHost } from '../redis/redis-host.js';
import { WorkerHost } from './worker-host.js';

export interface WorkerFleetOptions {
  readonly config: Config;
  readonly node: string;
  readonly keys: Keys;
  readonly launcher: Launcher;
  readonly redis: RedisHost;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Undefined until Redis served for the first time. */
  desk(): Desk | undefined;
}

/** What a drain may take beyond its own budget before it is given up. */
const drainMarginMs = 3_000;

/** All queue workers of this node, and the canaries that prove that they fetch and run jobs. */
export class WorkerFleet {
  readonly hosts: readonly WorkerHost[];
  readonly #options: WorkerFleetOptions;
  readonly #scope: Scope;
  readonly #canary: Canary;

  constructor(options: WorkerFleetOptions) {
    this.#options = options;
    this.#scope = new Scope(options.clock, (step, error) => options.log.error('a step of the workers failed', { step, error }));
    this.hosts = Object.entries(options.config.workers).map(([name, worker]) => this.#build(`worker-${name}`, worker));
    this.#canary = new Canary({
      registry: {
        addCanary: (name, job) => this.#desk().registry.addCanary(name, job),
        removeCanary: (name, nonce) => this.#desk().registry.removeCanary(name, nonce),
        isPaused: (name) => this.#desk().registry.isPaused(name),
      },
      redis: () => this.#desk().connection,
      keys: options.keys,
      node: options.node,
      clock: options.clock,
      log: options.log.child('canary'),
      busySlots: (queue) => this.#busySlots(queue),
      onMissed: (queue) => {
        for (const host of this.of(queue)) host.process.condemn('stalled', `it lives but fetches no jobs of ${queue}: three canary jobs went unanswered`);
      },
    });
  }

  /** Workers that consume this queue. */
  of(queue: QueueName): WorkerHost[] {
    return this.hosts.filter((host) => host.queues.includes(queue));
  }

  running(queue: QueueName): WorkerHost[] {
    return this.of(queue).filter((host) => host.process.status.kind === 'running');
  }

  get allRunning(): boolean {
    return this.hosts.every((host) => host.process.status.kind === 'running');
  }

  get provedQueues(): ReadonlySet<QueueName> {
    return new Set(queueNames.filter((queue) => this.#canary.proved(queue)));
  }

  get allProved(): boolean {
    return this.#canary.proved();
  }

  concurrency(queue: QueueName): number {
    return this.of(queue).reduce((sum, host) => sum + host.concurrency, 0);
  }

  start(): void {
    for (const host of this.hosts) host.start();
  }

  /** To call once every worker runs; from then on a worker that comes or goes makes the old proof void. */
  prove(): void {
    this.#canary.start();
    for (const host of this.hosts) {
      const forget = (kind: string): void => {
        if (kind === 'running' || kind === 'stopping') for (const queue of host.queues) this.#canary.forget(queue);
      };
      this.#scope.add(
        host.process.name,
        host.process.onChange((status) => forget(status.kind)),
      );
    }
  }

  tell(message: ToWorker): void {
    for (const host of this.hosts) host.tell(message);
  }

  /** Ids of the jobs that the living workers say they hold. */
  heldJobs(): ReadonlySet<string> {
    return new Set(this.hosts.flatMap((host) => host.beat?.jobs ?? []).map(({ id }) => id));
  }

  /** Jobs in hand of one worker, or of all of them. */
  jobsInHand(process?: string): number {
    return this.hosts.filter((host) => process === undefined || host.process.name === process).reduce((sum, host) => sum + (host.beat?.jobs.length ?? 0), 0);
  }

  /** Ends each worker that holds a job at once and lets it start again; its jobs go back in line before. Tells who was ended. */
  async killHolding(why: string): Promise<readonly { readonly name: string; readonly identity: Identity | null }[]> {
    const active = await Promise.all(queueNames.map((queue) => this.#desk().registry.active(queue))).catch(() => []);
    const tags = new Set(active.flat().map(({ processedBy }) => processedBy));
    const holding = this.hosts.filter((host) => (host.beat?.jobs.length ?? 0) > 0 || tags.has(`${this.#options.node}.${host.process.name}`));
    const ends = holding.map(async ({ process }) => {
      const life = process.current;
      process.restart('person', 'deliberate', why);
      await life?.terminate('deliberate', why, { termAfterMs: 0, killAfterMs: 0 });
    });
    const victims = holding.map(({ process }) => ({ name: process.name, identity: process.current?.identity ?? null }));
    await within(this.#options.clock, drainMarginMs, Promise.all(ends));
    return victims;
  }

  /** Waits up to `drainMs` for the jobs in hand, hands back the rest; `hurry` shortens the wait. */
  async drain(drainMs: number, hurry: AbortSignal): Promise<void> {
    await this.#canary.stop();
    const drained = Promise.all(this.hosts.map((host) => host.drain(drainMs)));
    const outcome = await within(this.#options.clock, drainMs + drainMarginMs, drained, hurry);
    if (outcome.kind !== 'done') await within(this.#options.clock, drainMarginMs, Promise.all(this.hosts.map((host) => host.drain(500))));
  }

  async stop(why: string): Promise<void> {
    await Promise.all(this.hosts.map((host) => host.stop(why)));
    await this.#scope.close();
  }

  #build(name: string, worker: Config['workers'][string]): WorkerHost {
    const { config, node, launcher, clock, random, log, redis } = this.#options;
    // BullMQ notes it on each job the worker takes: that is how a dead worker's jobs are told from others.
    const tag = `${node}.${name}`;
    return new WorkerHost({
      name,
      queues: worker.queues,
      concurrency: worker.concurrency,
      launcher,
      clock,
      random,
      log: log.child(name),
      startMessage: (incarnation) => ({
        type: 'start',
        incarnation,
        worker: tag,
        node,
        prefix: config.redis.prefix,
        redis: redis.address(),
        queues: worker.queues,
        concurrency: worker.concurrency,
        coordinator: config.coordinator,
        turnDeadlineMs: config.turns.deadline,
      }),
      deliver: (request) => this.#desk().deliveries.deliver(request),
      onTurn: (turn) => this.#options.desk()?.turnChanged(turn),
      recover: async () => this.#options.desk()?.requeue((job) => job.processedBy === tag, true),
    });
  }

  #desk(): Desk {
    const desk = this.#options.desk();
    if (desk === undefined) throw new RoostError('redis-unavailable', 'Redis does not serve yet.');
    return desk;
  }

  #busySlots(queue: QueueName): BusySlots {
    const hosts = this.running(queue);
    if (hosts.length === 0) return undefined;
    const names: readonly string[] = [queue, physicalQueue(queue, this.#options.node)];
    const busy = hosts.flatMap((host) => host.beat?.jobs ?? []).filter((job) => names.includes(job.queue)).length;
    const progress = hosts.reduce((sum, host) => sum + (host.beat?.progress ?? 0), 0);
    return { busy, concurrency: hosts.reduce((sum, host) => sum + host.concurrency, 0), progress };
  }
}
