import { RoostError } from '../../contract/errors.js';
import type { NamesDiff } from '../config/config-diff.js';
import { buildWorker, processName } from './build-worker.js';
import type { WorkerFleetOptions } from './fleet-options.js';
import type { WorkerHost } from './worker-host.js';

export interface WorkerRosterOptions {
  readonly fleet: WorkerFleetOptions;
  /** Workers were told to begin nothing; one that starts meanwhile is told the same. */
  resting(): boolean;
  /** What the queues of this worker have proved is void. */
  forget(host: WorkerHost): void;
  /** A worker changed its state. */
  changed(): void;
}

/** What a worker that the config no longer names may take to finish its jobs. */
const dismissDrainMs = 30_000;

/** Which workers there are: those that the config names, each as the config has it, and the slots that were changed while running. */
export class WorkerRoster {
  readonly #options: WorkerRosterOptions;
  /** Workers that the config no longer names, on their way out. */
  readonly #leaving = new Set<Promise<void>>();
  /** Slots by queue that were changed while running, by worker. */
  readonly #tuned = new Map<string, Readonly<Record<string, number>>>();
  /** The queues that the present child of a worker was started with. */
  readonly #consumed = new Map<WorkerHost, string>();
  #hosts: readonly WorkerHost[];
  #marks = 0;
  #started = false;

  constructor(options: WorkerRosterOptions) {
    this.#options = options;
    this.#hosts = Object.keys(options.fleet.config.workers).map((name) => this.#build(name));
  }

  get hosts(): readonly WorkerHost[] {
    return this.#hosts;
  }

  /** By its name in the config; undefined where the config named it only a moment ago or not yet. */
  find(worker: string): WorkerHost | undefined {
    return this.#hosts.find((one) => one.process.name === processName(worker));
  }

  /** Throws `not-found`, naming those there are. */
  named(worker: string): WorkerHost {
    const host = this.find(worker);
    if (host !== undefined) return host;
    throw new RoostError('not-found', `There is no worker named ${worker}; the config names ${Object.keys(this.#options.fleet.config.workers).join(', ')}.`, {
      field: 'worker',
    });
  }

  start(): void {
    this.#started = true;
    for (const host of this.#hosts) host.start();
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
  }

  /** How many jobs of its queues a worker takes side by side, until the config is edited or Roost restarts; answers with what holds now. */
  tune(worker: string, concurrency: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
    const host = this.named(worker);
    const stranger = Object.keys(concurrency).find((queue) => !host.queues.includes(queue));
    if (stranger !== undefined)
      throw new RoostError('bad-request', `The worker ${worker} does not consume ${stranger}; it consumes ${host.queues.join(', ')}.`, {
        field: 'concurrency',
      });
    this.#tuned.set(worker, { ...this.#tuned.get(worker), ...concurrency });
    this.#tellSlots(host);
    return Object.fromEntries(host.queues.map((queue) => [queue, host.slots(queue)]));
  }

  /** Resolves when none is on its way out any more. */
  async left(): Promise<void> {
    await Promise.all(this.#leaving);
  }

  /** Slots are changed in place; other queues mean a fresh child, which takes over without a gap. */
  #follow(host: WorkerHost): void {
    const consumed = this.#consumed.get(host);
    this.#consumed.set(host, host.queues.join());
    this.#tellSlots(host);
    if (consumed === host.queues.join()) return;
    this.#options.forget(host);
    void host.renew('its queues in the config have changed').then((renewed) => {
      // What runs cannot follow in peace: a restart reads the settings, too.
      if (!renewed) host.process.condemn('recycled', 'its queues in the config have changed');
    });
  }

  #tellSlots(host: WorkerHost): void {
    host.tell({ type: 'tune', concurrency: Object.fromEntries(host.queues.map((queue) => [queue, host.slots(queue)])) });
  }

  /** Finishes what it holds and goes; what it could not finish is put back in line. */
  #dismiss(host: WorkerHost): void {
    this.#hosts = this.#hosts.filter((other) => other !== host);
    this.#options.forget(host);
    const { launcher, log } = this.#options.fleet;
    const leaving = (async () => {
      await host.drain(dismissDrainMs);
      await host.stop('the config no longer names it');
      launcher.forget(host.process.name);
    })()
      .catch((error) => log.warn('a worker that is no longer named did not end well', { worker: host.process.name, error }))
      .finally(() => this.#leaving.delete(leaving));
    this.#leaving.add(leaving);
  }

  #build(worker: string): WorkerHost {
    const { fleet, resting, changed } = this.#options;
    const host = buildWorker({
      options: fleet,
      worker,
      mark: (process) => `${fleet.node}.${process}#${++this.#marks}`,
      tuned: () => this.#tuned.get(worker) ?? {},
      resting,
    });
    this.#consumed.set(host, host.queues.join());
    host.process.onChange(() => changed());
    return host;
  }
}
