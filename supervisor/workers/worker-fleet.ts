import type { Config, QueueName } from '../../contract/config.js';
import { RoostError } from '../../contract/errors.js';
import type { ToWorker } from '../../contract/messages.js';
import type { WorkerView } from '../../contract/work-methods.js';
import type { Clock, Random } from '../../core/base/clock.js';
import { within } from '../../core/base/deadline.js';
import { Emitter } from '../../core/base/emitter.js';
import type { Log } from '../../core/base/log.js';
import type { Keys } from '../../core/redis/keys.js';
import type { NamesDiff } from '../config/config-diff.js';
import type { Desk } from '../desk.js';
import type { LifeBook } from '../process/life-book.js';
import type { RestartBudget } from '../process/restart-budget.js';
import type { Identity, Launcher } from '../process/types.js';
import type { RedisHost } from '../redis/redis-host.js';
import { buildWorker, processName } from './build-worker.js';
import { type CanaryTimes, QueueProofs } from './queue-proofs.js';
import type { WorkerHost } from './worker-host.js';
import type { WorkerCalls } from './worker-life.js';
import { workerView } from './worker-view.js';

/** What of the desk workers need. */
export type FleetDesk = Pick<Desk, 'registry' | 'connection' | 'requeue'>;

export interface WorkerFleetOptions {
  readonly config: Config;
  readonly node: string;
  readonly keys: Keys;
  readonly launcher: Launcher;
  readonly redis: RedisHost;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly budget: RestartBudget;
  readonly book?: LifeBook;
  /** Undefined until Redis served for the first time. */
  desk(): FleetDesk | undefined;
  readonly calls: WorkerCalls;
  /** Other times for the canaries than the usual ones. */
  readonly canary?: CanaryTimes;
}

/** What a drain may take beyond its own budget before it is given up. */
const drainMarginMs = 3_000;

/** What a worker that the config no longer names may take to finish its jobs. */
const dismissDrainMs = 30_000;

/** All queue workers of this node, and the canaries that prove that they fetch and run jobs. */
export class WorkerFleet {
  readonly #options: WorkerFleetOptions;
  readonly #proofs: QueueProofs;
  readonly #changes: Emitter<void>;
  /** Workers that the config no longer names, on their way out. */
  readonly #leaving = new Set<Promise<void>>();
  #hosts: readonly WorkerHost[];
  /** Slots by queue that were changed while running, by worker. */
  readonly #tuned = new Map<string, Readonly<Record<string, number>>>();
  /** The queues that the present child of a worker was started with. */
  readonly #consumed = new Map<WorkerHost, string>();
  #marks = 0;
  #started = false;
  #resting = false;

  constructor(options: WorkerFleetOptions) {
    this.#options = options;
    this.#changes = new Emitter((error) => options.log.error('a listener of the workers failed', { error }));
    this.#hosts = Object.keys(options.config.workers).map((name) => this.#build(name));
    this.#proofs = new QueueProofs({ ...options, hosts: () => this.#hosts, resting: () => this.#resting });
  }

  get hosts(): readonly WorkerHost[] {
    return this.#hosts;
  }

  /** A worker came, went or changed its state. */
  onChange(listener: () => void): () => void {
    return this.#changes.on(listener);
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
    return this.#proofs.provedQueues;
  }

  /** Queues that a worker of this node is to consume. */
  get consumedQueues(): readonly QueueName[] {
    return this.#proofs.consumedQueues;
  }

  get allProved(): boolean {
    return this.#proofs.allProved;
  }

  concurrency(queue: QueueName): number {
    return this.of(queue).reduce((sum, host) => sum + host.slots(queue), 0);
  }

  start(): void {
    this.#started = true;
    for (const host of this.hosts) host.start();
  }

  /** Follows an edit of the config: the others go on as they are. */
  apply({ added, removed, changed }: NamesDiff): void {
    const named = (names: readonly string[]): WorkerHost[] => this.#hosts.filter((host) => names.some((name) => host.process.name === processName(name)));
    for (const host of named(removed)) this.#dismiss(host);
    for (const worker of changed) this.#tuned.delete(worker);
    for (const host of named(changed)) this.#follow(host);
    for (const name of added) {
      const host = this.#build(name);
      this.#hosts = [...this.#hosts, host];
      if (this.#started) host.start();
    }
    this.#proofs.follow();
    if (added.length + removed.length > 0) this.#changes.emit();
  }

  /** Slots are changed in place; other queues mean a fresh child, which takes over without a gap. */
  #follow(host: WorkerHost): void {
    const consumed = this.#consumed.get(host);
    this.#consumed.set(host, host.queues.join());
    this.#tellSlots(host);
    if (consumed === host.queues.join()) return;
    this.#proofs.forget(host);
    void host.renew('its queues in the config have changed').then((renewed) => {
      // What runs cannot follow in peace: a restart reads the settings, too.
      if (!renewed) host.process.condemn('recycled', 'its queues in the config have changed');
    });
  }

  #tellSlots(host: WorkerHost): void {
    host.tell({ type: 'tune', concurrency: Object.fromEntries(host.queues.map((queue) => [queue, host.slots(queue)])) });
  }

  /**
   * Changes how many jobs of its queues a worker takes side by side, at once and until the config is edited or Roost
   * restarts; answers with what holds now. `not-found` and `bad-request` name what does not exist.
   */
  tune(worker: string, concurrency: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
    const host = this.#named(worker);
    const stranger = Object.keys(concurrency).find((queue) => !host.queues.includes(queue));
    if (stranger !== undefined)
      throw new RoostError('bad-request', `The worker ${worker} does not consume ${stranger}; it consumes ${host.queues.join(', ')}.`, {
        field: 'concurrency',
      });
    this.#tuned.set(worker, { ...this.#tuned.get(worker), ...concurrency });
    this.#tellSlots(host);
    return Object.fromEntries(host.queues.map((queue) => [queue, host.slots(queue)]));
  }

  /** For people: every worker with its queues and the jobs in hand. */
  views(): WorkerView[] {
    const { config, clock } = this.#options;
    return Object.entries(config.workers).flatMap(([worker, settings]) => {
      const host = this.#hosts.find((one) => one.process.name === processName(worker));
      return host === undefined ? [] : [workerView(worker, host, settings, clock.wallMs())];
    });
  }

  /** A fresh process takes over; false when none could. `not-found` for a worker that the config does not name. */
  async renew(worker: string, why: string): Promise<boolean> {
    return this.#named(worker).renew(why);
  }

  /** Somebody no longer wants this job: whoever holds it has it stopped. */
  cancelJob(queue: QueueName, jobId: string): void {
    this.tell({ type: 'cancel-job', queue, jobId });
  }

  /** What applies to turns from now on, without a restart. */
  tellSettings(): void {
    const { coordinator, turns } = this.#options.config;
    this.tell({ type: 'settings', coordinator, turnDeadlineMs: turns.deadline });
  }

  /** To call once every worker runs; from then on a worker that comes or goes makes the old proof void. */
  prove(): void {
    this.#proofs.start();
  }

  /** Finishes what it holds and goes; what it could not finish is put back in line. */
  #dismiss(host: WorkerHost): void {
    this.#hosts = this.#hosts.filter((other) => other !== host);
    this.#proofs.forget(host);
    const { launcher, log } = this.#options;
    const leaving = (async () => {
      await host.drain(dismissDrainMs);
      await host.stop('the config no longer names it');
      launcher.forget(host.process.name);
    })()
      .catch((error) => log.warn('a worker that is no longer named did not end well', { worker: host.process.name, error }))
      .finally(() => this.#leaving.delete(leaving));
    this.#leaving.add(leaving);
  }

  /** Time has passed that says nothing about the workers: the machine slept. */
  grantFreshLimit(): void {
    for (const host of this.hosts) host.grantFreshLimit();
    this.#proofs.forgive();
  }

  /** No job is begun until that is taken back, also by a worker that starts meanwhile; those in hand go on. */
  rest(on: boolean): void {
    this.#resting = on;
    this.tell({ type: 'rest', on });
  }

  tell(message: ToWorker): void {
    for (const host of this.hosts) host.tell(message);
  }

  /** Ids of the jobs that the living workers say they hold. */
  heldJobs(): ReadonlySet<string> {
    return new Set(this.hosts.flatMap((host) => host.jobs).map(({ id }) => id));
  }

  /** The same, if each was heard within `withinMs` and told all it holds. */
  heldForSure(withinMs: number): ReadonlySet<string> | undefined {
    const known = this.hosts.map((host) => host.knownJobs(withinMs));
    return known.includes(undefined) ? undefined : new Set(known.flatMap((jobs) => jobs ?? []).map(({ id }) => id));
  }

  /** Jobs in hand of one worker, or of all of them. */
  jobsInHand(process?: string): number {
    return this.hosts.filter((host) => process === undefined || host.process.name === process).reduce((sum, host) => sum + host.jobs.length, 0);
  }

  /** Ends each worker that holds a job at once and lets it start again; its jobs go back in line before. Tells who was ended. */
  async killHolding(why: string): Promise<readonly { readonly name: string; readonly identity: Identity | null }[]> {
    const active = await Promise.all(this.#desk().registry.names.map((queue) => this.#desk().registry.active(queue))).catch(() => []);
    const marks = active.flat().map(({ processedBy }) => processedBy ?? '');
    const { node } = this.#options;
    const holding = this.hosts.filter((host) => host.jobs.length > 0 || marks.some((mark) => mark.startsWith(`${node}.${host.process.name}#`)));
    const ends = holding.map(async ({ process, lives }) => {
      process.restart('person', 'deliberate', why);
      await Promise.all(lives.map((life) => life.terminate('deliberate', why, { termAfterMs: 0, killAfterMs: 0 })));
    });
    const victims = holding.map(({ process }) => ({ name: process.name, identity: process.current?.identity ?? null }));
    await within(this.#options.clock, drainMarginMs, Promise.all(ends));
    return victims;
  }

  /** The last they do: waits up to `drainMs` for the jobs in hand, hands back the rest; `hurry` shortens the wait. */
  async drain(drainMs: number, hurry: AbortSignal): Promise<void> {
    await this.#proofs.stop();
    // One that has finished ends, and must not begin anew while another still works.
    const finish = async (host: WorkerHost): Promise<void> => {
      if ((await host.drain(drainMs)) === 'done') await host.process.retire('Roost is stopping');
    };
    const drained = Promise.all(this.hosts.map(finish));
    const outcome = await within(this.#options.clock, drainMs + drainMarginMs, drained, hurry);
    if (outcome.kind !== 'done') await within(this.#options.clock, drainMarginMs, Promise.all(this.hosts.map((host) => host.drain(500))));
  }

  async stop(why: string): Promise<void> {
    await Promise.all(this.hosts.map((host) => host.stop(why)));
    await within(this.#options.clock, drainMarginMs, Promise.all(this.#leaving));
  }

  #build(worker: string): WorkerHost {
    const host = buildWorker({
      options: this.#options,
      worker,
      mark: (process) => `${this.#options.node}.${process}#${++this.#marks}`,
      tuned: () => this.#tuned.get(worker) ?? {},
      resting: () => this.#resting,
    });
    this.#consumed.set(host, host.queues.join());
    host.process.onChange(() => this.#changes.emit());
    return host;
  }

  #named(worker: string): WorkerHost {
    const host = this.#hosts.find((one) => one.process.name === processName(worker));
    if (host !== undefined) return host;
    throw new RoostError('not-found', `There is no worker named ${worker}; the config names ${Object.keys(this.#options.config.workers).join(', ')}.`, {
      field: 'worker',
    });
  }

  #desk(): FleetDesk {
    const desk = this.#options.desk();
    if (desk === undefined) throw new RoostError('redis-unavailable', 'Redis does not serve yet.');
    return desk;
  }
}
