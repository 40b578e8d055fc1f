import type { QueueName } from '../../contract/config.js';
import { RoostError } from '../../contract/errors.js';
import type { HoldLevel, HoldView, Survivor } from '../../contract/state.js';
import { type Clock, sleep } from '../../core/base/clock.js';
import { Emitter } from '../../core/base/emitter.js';
import type { Log } from '../../core/base/log.js';
import { Scope } from '../../core/base/scope.js';
import type { Redis } from '../../core/redis/connection.js';
import type { Identity } from '../process/types.js';
import type { JobFacts } from '../queues/recovery.js';
import { type HoldRecord, merged, type Remains, survivorsOf, viewOf } from './hold-plan.js';
import type { HoldStore } from './hold-store.js';

/** What needs Redis; undefined while it was never reached. */
export interface HeldDesk {
  readonly connection: Redis;
  readonly registry: {
    readonly names: readonly QueueName[];
    pause(name: QueueName): Promise<void>;
    resume(name: QueueName): Promise<void>;
    isPaused(name: QueueName): Promise<boolean>;
    active(name: QueueName): Promise<readonly JobFacts[]>;
  };
  readonly turns: { cancel(id: string): Promise<unknown> };
}

export interface Victim {
  readonly kind: Exclude<Survivor['kind'], 'job'>;
  readonly name: string;
  readonly identity: Identity | null;
}

export interface HoldOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly store: HoldStore;
  desk(): HeldDesk | undefined;
  /** Whether a job in a queue that nodes share is in the hands of this node. */
  ours(job: JobFacts, queue: QueueName): boolean;
  readonly pool: { hold(on: boolean): void; busy(): readonly { readonly name: string; readonly pid: number | null }[] };
  /** Looks who is at work; what it answers with is the stroke: SIGKILL to every agent, to each worker that holds a job, and to whatever they run; resolves when the exits are seen or given up. */
  aim(): Promise<() => Promise<readonly Victim[]>>;
  readonly lives: (identity: Identity) => boolean;
  /** Another reason to begin nothing at this moment. */
  refusal?(): RoostError | undefined;
}

/** How long a cancelled turn may take to end before it counts as a survivor. */
const endWithinMs = 5_000;
/** Before a kill a turn gets the chance to be written down as cancelled, no more. */
const cancelBeforeKillMs = 500;
const lookEveryMs = 1_000;

/**
 * The emergency stop. `hold`: no new work. `interrupt`: and every running turn is cancelled. `kill`: and
 * every agent and every worker with a job is ended at once. Each is verified by looking, survives a
 * restart of Roost and is undone exactly by `release`.
 */
export class Hold {
  readonly #options: HoldOptions;
  readonly #scope: Scope;
  readonly #changes = new Emitter<void>();
  #record: HoldRecord | undefined;
  #survivors: readonly Survivor[] = [];
  #complete = false;
  #victims: readonly Victim[] = [];
  /** Acts follow one another: two people at two screens make one stop. */
  #tail: Promise<unknown> = Promise.resolve();

  constructor(options: HoldOptions) {
    this.#options = options;
    this.#scope = new Scope(options.clock, (step, error) => options.log.debug('the emergency stop failed in a step', { step, error }));
  }

  get view(): HoldView | null {
    return this.#record === undefined ? null : viewOf(this.#record, this.#survivors, this.#complete);
  }

  onChange(listener: () => void): () => void {
    return this.#changes.on(listener);
  }

  /** Throws `held` while a stop is in force: for every door through which new work comes in. */
  refuseWork(): void {
    const other = this.#options.refusal?.();
    if (other !== undefined) throw other;
    if (this.#record === undefined) return;
    throw new RoostError('held', `Roost is held (${this.#record.level}) and takes no new work until a person releases it: roost release.`, {
      retryAfterMs: 10_000,
    });
  }

  /** What an earlier run left; to call before anything starts. */
  async recall(): Promise<void> {
    this.#record = await this.#options.store.readFile(this.#options.clock.wallMs());
    if (this.#record !== undefined) this.#options.pool.hold(true);
    this.#scope.every('look', lookEveryMs, () => (this.#record === undefined ? undefined : this.#inTurn(() => this.#lookAgain())));
  }

  /** Redis serves, perhaps another one than before: what it remembers joins what is known here. To call before workers start. */
  async rejoin(): Promise<void> {
    const desk = this.#options.desk();
    if (desk === undefined) return;
    const found = merged(this.#record, await this.#options.store.readRedis(desk.connection));
    if (found === undefined) return;
    await this.#inTurn(() => this.#enforce(found));
    this.#options.log.warn('Roost is held since an earlier run', { level: found.level });
  }

  async stop(): Promise<void> {
    await this.#scope.close();
    await this.#tail.catch(() => undefined);
  }

  /** Idempotent, and never weaker than what is in force. Answers once it was looked at. */
  set(level: HoldLevel): Promise<HoldView> {
    return this.#inTurn(async () => {
      const wanted = merged(this.#record, { level, sinceMs: this.#options.clock.wallMs(), queues: [] }) as HoldRecord;
      await this.#enforce(wanted);
      // Before anything ends: afterwards nobody could tell whose children were whose.
      const strike = level === 'kill' ? await this.#options.aim() : undefined;
      if (level !== 'hold') await this.#interrupt(level === 'kill' ? cancelBeforeKillMs : endWithinMs);
      if (strike !== undefined) {
        this.#victims = await strike();
        await this.#until(async () => {
          const { jobs, unkilled } = await this.#remains();
          return jobs.length + unkilled.length === 0;
        }, endWithinMs);
      }
      await this.#lookAgain();
      return this.view as HoldView;
    });
  }

  /** Resumes exactly the queues that the stop paused. Needs Redis: a stop that cannot be undone stays in force. */
  release(): Promise<{ readonly released: boolean; readonly queues: string[] }> {
    return this.#inTurn(async () => {
      const record = this.#record;
      if (record === undefined) return { released: false, queues: [] };
      const desk = this.#options.desk();
      if (desk === undefined)
        throw new RoostError('redis-unavailable', 'Roost stays held: its queues can be resumed once Redis serves.', { retryAfterMs: 1_000 });
      const queues = desk.registry.names.filter((name) => record.queues.includes(name));
      for (const queue of queues) await desk.registry.resume(queue);
      await this.#options.store.removeRedis(desk.connection);
      await this.#options.store.removeFile();
      this.#record = undefined;
      this.#survivors = [];
      this.#victims = [];
      this.#complete = false;
      this.#options.pool.hold(false);
      this.#changes.emit();
      return { released: true, queues };
    });
  }

  /** In force here at once, then written down, then in Redis: the order in which it may be needed. */
  async #enforce(record: HoldRecord): Promise<void> {
    const { store, pool, log } = this.#options;
    this.#record = record;
    pool.hold(true);
    this.#changes.emit();
    await store.writeFile(record).catch((error: unknown) => log.error('the emergency stop is in force but could not be noted in a file', { error }));
    await this.#pauseQueues().catch((error: unknown) => log.warn('the queues are paused as soon as Redis is back', { error }));
  }

  async #pauseQueues(): Promise<void> {
    const { store, desk: find } = this.#options;
    const desk = find();
    this.#complete = false;
    if (desk === undefined || this.#record === undefined) return;
    const running: QueueName[] = [];
    for (const queue of desk.registry.names) if (!(await desk.registry.isPaused(queue))) running.push(queue);
    const record = { ...this.#record, queues: [...new Set([...this.#record.queues, ...running])] };
    // Noted before it is done: a crash in between must not leave a queue paused that nobody resumes.
    await store.writeRedis(desk.connection, record);
    await store.writeFile(record);
    this.#record = record;
    for (const queue of running) await desk.registry.pause(queue);
    this.#complete = true;
    this.#changes.emit();
  }

  async #interrupt(withinMs: number): Promise<void> {
    const { log } = this.#options;
    const running = (await this.#remains()).jobs.filter((job) => job.queue === 'turns' && job.name === 'turn');
    const desk = this.#options.desk();
    await Promise.all(
      running.map(({ id }) => desk?.turns.cancel(id).catch((error: unknown) => log.warn('a turn could not be cancelled', { turn: id, error }))),
    );
    await this.#until(async () => {
      const { jobs, busyAgents } = await this.#remains();
      return jobs.length + busyAgents.length === 0;
    }, withinMs);
  }

  async #lookAgain(): Promise<void> {
    if (this.#record === undefined) return;
    if (!this.#complete) await this.#pauseQueues().catch(() => undefined);
    this.#survivors = survivorsOf(this.#record.level, await this.#remains());
    this.#changes.emit();
  }

  async #remains(): Promise<Remains> {
    const { desk: find, pool, lives, ours } = this.#options;
    const desk = find();
    const lists = await Promise.all(
      (desk?.registry.names ?? []).map(async (queue) =>
        desk === undefined ? [] : (await desk.registry.active(queue).catch(() => [])).filter((job) => ours(job, queue)).map((job) => ({ ...job, queue })),
      ),
    );
    const unkilled = this.#victims.flatMap(({ kind, name, identity }) => (identity !== null && lives(identity) ? [{ kind, name, pid: identity.pid }] : []));
    return { jobs: lists.flat().filter(({ name }) => name !== 'canary'), busyAgents: pool.busy(), unkilled };
  }

  async #until(probe: () => Promise<boolean>, deadlineMs: number): Promise<void> {
    const { clock } = this.#options;
    const end = clock.monoMs() + deadlineMs;
    while (!(await probe()) && clock.monoMs() < end) await sleep(clock, 50);
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#tail.then(act);
    this.#tail = done.catch(() => undefined);
    return done;
  }
}
