import type { QueueName } from '../../contract/config.js';
import { RoostError } from '../../contract/errors.js';
import type { ToWorker } from '../../contract/messages.js';
import type { WorkerView } from '../../contract/work-methods.js';
import { within } from '../../core/base/deadline.js';
import { Emitter } from '../../core/base/emitter.js';
import type { NamesDiff } from '../config/config-diff.js';
import type { Identity } from '../process/types.js';
import type { FleetDesk, WorkerFleetOptions } from './fleet-options.js';
import { QueueProofs } from './queue-proofs.js';
import type { WorkerHost } from './worker-host.js';
import { WorkerRoster } from './worker-roster.js';
import { workerView } from './worker-view.js';

/** What a drain may take beyond its own budget before it is given up. */
const drainMarginMs = 3_000;

/** All queue workers of this node, and the canaries that prove that they fetch and run jobs. */
export class WorkerFleet {
  readonly #options: WorkerFleetOptions;
  readonly #proofs: QueueProofs;
  readonly #changes: Emitter<void>;
  readonly #roster: WorkerRoster;
  #resting = false;

  constructor(options: WorkerFleetOptions) {
    this.#options = options;
    this.#changes = new Emitter((error) => options.log.error('a listener of the workers failed', { error }));
    this.#roster = new WorkerRoster({
      fleet: options,
      resting: () => this.#resting,
      forget: (host) => this.#proofs.forget(host),
      changed: () => this.#changes.emit(),
    });
    this.#proofs = new QueueProofs({ ...options, hosts: () => this.hosts, resting: () => this.#resting });
  }

  get hosts(): readonly WorkerHost[] {
    return this.#roster.hosts;
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
    this.#roster.start();
  }

  /** Follows an edit of the config: the others go on as they are. */
  apply(diff: NamesDiff): void {
    this.#roster.apply(diff);
    this.#proofs.follow();
    if (diff.added.length + diff.removed.length > 0) this.#changes.emit();
  }

  /**
   * Changes how many jobs of its queues a worker takes side by side, at once and until the config is edited or Roost
   * restarts; answers with what holds now. `not-found` and `bad-request` name what does not exist.
   */
  tune(worker: string, concurrency: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
    return this.#roster.tune(worker, concurrency);
  }

  /** For people: every worker with its queues and the jobs in hand. */
  views(): WorkerView[] {
    const { config, clock } = this.#options;
    return Object.entries(config.workers).flatMap(([worker, settings]) => {
      const host = this.#roster.find(worker);
      return host === undefined ? [] : [workerView(worker, host, settings, clock.wallMs())];
    });
  }

  /** A fresh process takes over; false when none could. `not-found` for a worker that the config does not name. */
  async renew(worker: string, why: string): Promise<boolean> {
    return this.#roster.named(worker).renew(why);
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
    await within(this.#options.clock, drainMarginMs, this.#roster.left());
  }

  #desk(): FleetDesk {
    const desk = this.#options.desk();
    if (desk === undefined) throw new RoostError('redis-unavailable', 'Redis does not serve yet.');
    return desk;
  }
}
