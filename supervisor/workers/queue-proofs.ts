import { type Config, type QueueName, queuesOf } from '../../contract/config.js';
import { RoostError } from '../../contract/errors.js';
import type { Clock } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';
import { Scope } from '../../core/base/scope.js';
import { physicalQueue } from '../../core/jobs/queues.js';
import type { Keys } from '../../core/redis/keys.js';
import { type BusySlots, Canary } from '../queues/canary.js';
import type { CanaryTimes, FleetDesk } from './fleet-options.js';
import type { WorkerHost } from './worker-host.js';

export interface QueueProofsOptions {
  readonly config: Config;
  readonly node: string;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly log: Log;
  desk(): FleetDesk | undefined;
  hosts(): readonly WorkerHost[];
  /** The workers were told to begin nothing: of them no proof can be asked. */
  resting(): boolean;
  readonly canary?: CanaryTimes;
}

/** The canaries of the queues that workers of this node consume: who lives but fetches nothing is found by them. */
export class QueueProofs {
  readonly #options: QueueProofsOptions;
  readonly #scope: Scope;
  readonly #canary: Canary;
  readonly #guarded = new WeakSet<WorkerHost>();
  #started = false;

  constructor(options: QueueProofsOptions) {
    this.#options = options;
    this.#scope = new Scope(options.clock);
    const registry = (): FleetDesk['registry'] => this.#desk().registry;
    this.#canary = new Canary({
      ...options.canary,
      registry: {
        addCanary: (name, job) => registry().addCanary(name, job),
        removeCanary: (name, nonce) => registry().removeCanary(name, nonce),
        rests: async (name) => options.resting() || registry().rests(name),
      },
      redis: () => this.#desk().connection,
      keys: options.keys,
      node: options.node,
      clock: options.clock,
      log: options.log.child('canary'),
      busySlots: (queue) => this.#busySlots(queue),
      onMissed: (queue, provedMono) => {
        const why = `it lives but fetches no jobs of ${queue}: three canary jobs went unanswered`;
        for (const host of this.#of(queue)) void host.condemnStalled(why, provedMono);
      },
    });
  }

  /** And those that no worker of this node is to consume: of them no proof can be asked. */
  get provedQueues(): ReadonlySet<QueueName> {
    const consumed = this.consumedQueues;
    return new Set(queuesOf(this.#options.config).filter((queue) => !consumed.includes(queue) || this.#canary.proved(queue)));
  }

  get allProved(): boolean {
    return this.#canary.proved();
  }

  start(): void {
    this.#started = true;
    this.follow();
    this.#canary.start();
  }

  /** Workers or their queues have changed. */
  follow(): void {
    if (!this.#started) return;
    this.#canary.follow(this.consumedQueues);
    for (const host of this.#options.hosts()) this.#guard(host);
  }

  /** What its queues have proved is void. */
  forget(host: WorkerHost): void {
    for (const queue of host.queues) this.#canary.forget(queue);
  }

  forgive(): void {
    this.#canary.forgive();
  }

  async stop(): Promise<void> {
    await this.#canary.stop();
    await this.#scope.close();
  }

  get consumedQueues(): readonly QueueName[] {
    return [...new Set(this.#options.hosts().flatMap((host) => [...host.queues]))];
  }

  #of(queue: QueueName): readonly WorkerHost[] {
    return this.#options.hosts().filter((host) => host.queues.includes(queue));
  }

  /** A worker that comes or goes makes the old proof void; one that a fresh process takes over from does not. */
  #guard(host: WorkerHost): void {
    if (this.#guarded.has(host)) return;
    this.#guarded.add(host);
    let before = host.process.status.kind;
    this.#scope.add(
      host.process.name,
      host.process.onChange(({ kind }) => {
        if (kind !== before && (kind === 'running' || kind === 'stopping')) this.forget(host);
        before = kind;
      }),
    );
  }

  #desk(): FleetDesk {
    const desk = this.#options.desk();
    if (desk === undefined) throw new RoostError('redis-unavailable', 'Redis does not serve yet.');
    return desk;
  }

  #busySlots(queue: QueueName): BusySlots {
    const hosts = this.#of(queue).filter((host) => host.process.status.kind === 'running');
    if (hosts.length === 0) return undefined;
    const names: readonly string[] = [queue, physicalQueue(queue, this.#options.node)];
    const busy = hosts.flatMap((host) => host.beat?.jobs ?? []).filter((job) => names.includes(job.queue)).length;
    const progress = hosts.reduce((sum, host) => sum + (host.beat?.progress ?? 0), 0);
    return { busy, concurrency: hosts.reduce((sum, host) => sum + host.slots(queue), 0), progress };
  }
}
