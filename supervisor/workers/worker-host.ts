import type { QueueName, WorkerConfig } from '../../contract/config.js';
import type { ToWorker, WorkerStart } from '../../contract/messages.js';
import type { ProcessView } from '../../contract/state.js';
import type { Clock, Random } from '../../core/base/clock.js';
import { within } from '../../core/base/deadline.js';
import type { Log } from '../../core/base/log.js';
import { Scope } from '../../core/base/scope.js';
import type { LifeRecord } from '../process/life-record.js';
import type { RestartBudget } from '../process/restart-budget.js';
import { stallEvidence } from '../process/stall-evidence.js';
import { SupervisedProcess } from '../process/supervised-process.js';
import type { Incarnation, Launch, Launcher } from '../process/types.js';
import type { Beat } from './beat-watch.js';
import { DeadLives } from './dead-lives.js';
import { recycleReason } from './recycling.js';
import { type WorkerCalls, WorkerLife } from './worker-life.js';

export interface WorkerHostOptions {
  /** Process name, `worker-<name>`. */
  readonly name: string;
  readonly queues: readonly QueueName[];
  /** Jobs of a queue it takes side by side. */
  slots(queue: QueueName): number;
  /** When a fresh process takes over. */
  limits(): Pick<WorkerConfig, 'recycleAfterJobs' | 'memory'>;
  readonly launcher: Launcher;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** What a child needs to begin; read at every start so that a new Redis address is current. `worker` in it marks the jobs it takes, each life its own. */
  startMessage(incarnation: number): WorkerStart;
  readonly calls: WorkerCalls;
  /** Puts the active jobs that lives with these marks took back to wait: they are dead, and nothing of theirs runs on. */
  recover(marks: ReadonlySet<string>): Promise<void>;
  /** False while Redis is away: then nothing can move, and a start is not worth a try. */
  redisServes(): boolean;
  /** Resolves once Redis serves; rejects when the signal aborts. */
  untilRedisServes(signal: AbortSignal): Promise<void>;
  readonly budget?: RestartBudget;
  readonly record?: LifeRecord;
  readonly startTimeoutMs?: number;
  readonly silenceLimitMs?: number;
  readonly progressLimitMs?: number;
  readonly lookEveryMs?: number;
  readonly leastLifeMs?: number;
}

/** A job of a life that leaves may take this long; then it goes back in line. */
const leaveWithinMs = 15 * 60_000;

/**
 * One queue worker: a child started with its settings over the channel, watched by its beats, drained before
 * it is stopped, its jobs handed back when it dies. A fresh child takes over without a gap when it is due.
 */
export class WorkerHost {
  readonly process: SupervisedProcess;
  readonly #options: WorkerHostOptions;
  readonly #scope: Scope;
  /** Every life that has not ended: the present one, one that takes over, those that leave. */
  readonly #lives = new Map<Incarnation, WorkerLife>();
  readonly #dead: DeadLives;
  #looking = false;
  #renewing = false;

  constructor(options: WorkerHostOptions) {
    this.#options = options;
    this.#scope = new Scope(options.clock, (name, error) => options.log.error(`${options.name}: ${name} failed`, { error }));
    this.#dead = new DeadLives(options);
    this.process = new SupervisedProcess({
      name: options.name,
      kind: 'worker',
      required: true,
      launcher: options.launcher,
      clock: options.clock,
      random: options.random,
      log: options.log,
      ...(options.budget === undefined ? {} : { budget: options.budget }),
      ...(options.record === undefined ? {} : { record: options.record }),
      spec: {
        launch: () => this.#launch,
        startTimeoutMs: this.#startTimeoutMs,
        ladder: { message: { type: 'drain', deadlineMs: 2_000 }, termAfterMs: 2_500, killAfterMs: 5_000 },
        awaits: (signal) => options.untilRedisServes(signal),
        beforeStart: () => this.#dead.recovered(),
        ready: (incarnation) => this.#begin(incarnation),
      },
    });
  }

  get queues(): readonly QueueName[] {
    return this.#options.queues;
  }

  slots(queue: QueueName): number {
    return this.#options.slots(queue);
  }

  /** Jobs in hand and slots, from the newest beat of the present life; null without one. */
  get beat(): Beat | null {
    return this.#life?.watch.beat ?? null;
  }

  /** Jobs in hand of every life that has not ended. */
  get jobs(): Beat['jobs'] {
    return [...this.#lives.values()].flatMap((life) => life.watch.beat?.jobs ?? []);
  }

  /** The same, if every life was heard within `withinMs` and told all it holds. */
  knownJobs(withinMs: number): Beat['jobs'] | undefined {
    const nowMono = this.#options.clock.monoMs();
    return [...this.#lives.values()].every(({ watch }) => watch.toldAll(nowMono, withinMs)) ? this.jobs : undefined;
  }

  /** Since its present child runs; null while none does. */
  get ageMs(): number | null {
    return this.#life === undefined ? null : Math.round(this.#life.ageMs);
  }

  get lives(): readonly Incarnation[] {
    return [...this.#lives.keys()];
  }

  view(): ProcessView {
    const view = this.process.view();
    return { ...view, statusAgeMs: view.pid === null ? null : (this.#life?.watch.ageMs(this.#options.clock.monoMs()) ?? null) };
  }

  start(): void {
    this.#scope.every('watch', this.#options.lookEveryMs ?? 1_000, () => this.#look());
    this.process.start();
  }

  /** The machine slept, or is about to: every clock of the watch starts again. */
  grantFreshLimit(): void {
    for (const life of this.#lives.values()) life.watch.grant(this.#options.clock.monoMs());
  }

  /** Ends the child as stalled, after a look at what it does. Answers when the verdict is executed, or dropped because the child moved again. */
  async condemnStalled(why: string, lastSignMono: number, still: () => boolean = () => true): Promise<void> {
    const life = this.#life;
    if (life === undefined || this.#looking || this.process.status.kind !== 'running') return;
    this.#looking = true;
    const { incarnation } = life;
    try {
      incarnation.log.note(`seems to stand still: ${why}`);
      const evidence = await stallEvidence({ clock: this.#options.clock, pid: incarnation.pid, ask: () => life.diagnose() });
      for (const line of evidence.lines) incarnation.log.note(`evidence: ${line}`);
      if (this.process.current !== incarnation) return;
      if (still()) this.process.condemn('stalled', `${why}; ${evidence.summary}`, lastSignMono);
      else incarnation.log.note('moved again while it was looked at, and goes on');
    } finally {
      this.#looking = false;
    }
  }

  /**
   * A fresh child takes over: started and proved to consume beside the present one, which then takes no more jobs,
   * finishes what it holds and ends. False when that cannot be now; then nothing changes.
   */
  async renew(why: string): Promise<boolean> {
    const { launcher, clock, log } = this.#options;
    const old = this.#life;
    if (this.#renewing || old === undefined || this.process.status.kind !== 'running') return false;
    this.#renewing = true;
    try {
      const successor = launcher.launch(this.#launch, this.process.takeNumber());
      const ready = await within(clock, this.#startTimeoutMs, Promise.race([this.#begin(successor).then(() => true), successor.exited.then(() => false)]));
      const proved = ready.kind === 'done' && ready.value;
      if (proved && this.process.current === old.incarnation && this.process.adopt(successor, why) !== null) {
        void this.#leave(old, why);
        return true;
      }
      log.warn('a fresh worker could not take over', { worker: this.#options.name, why });
      await successor.terminate('recycled', 'it is not needed', { termAfterMs: 0, killAfterMs: 1_000 });
      return false;
    } finally {
      this.#renewing = false;
    }
  }

  /** Asks every life to finish what it holds; resolves when they have, or at the deadline. */
  async drain(deadlineMs: number): Promise<'done' | 'timeout'> {
    const outcomes = await Promise.all([...this.#lives.values()].map((life) => life.drain(deadlineMs)));
    return outcomes.includes('timeout') ? 'timeout' : 'done';
  }

  tell(message: ToWorker): void {
    for (const life of this.#lives.values()) life.tell(message);
  }

  async stop(why: string): Promise<void> {
    await this.process.retire(why);
    // One that takes over or leaves at this moment is not the process's present life any more, or not yet.
    await Promise.all(this.lives.map((life) => life.terminate('deliberate', why, { termAfterMs: 0, killAfterMs: 500 })));
    await this.#scope.close();
  }

  get #launch(): Launch {
    return { name: this.#options.name, kind: 'worker', program: { entry: 'queue-worker', args: [] }, env: {}, stdin: 'none', wire: 'messages' };
  }

  get #startTimeoutMs(): number {
    return this.#options.startTimeoutMs ?? 20_000;
  }

  get #life(): WorkerLife | undefined {
    const { current } = this.process;
    return current === null ? undefined : this.#lives.get(current);
  }

  #begin(incarnation: Incarnation): Promise<void> {
    const { clock, log, calls, silenceLimitMs = 30_000, progressLimitMs = 30_000 } = this.#options;
    const start = this.#options.startMessage(incarnation.number);
    const life = new WorkerLife({ incarnation, clock, log, calls, limits: { silenceLimitMs, progressLimitMs } });
    this.#lives.set(incarnation, life);
    void incarnation.exited.then(() => {
      this.#lives.delete(incarnation);
      this.#dead.ended(incarnation, start.worker);
    });
    return life.begin(start);
  }

  async #leave(life: WorkerLife, why: string): Promise<void> {
    await life.drain(leaveWithinMs);
    await life.incarnation.terminate('recycled', why, { termAfterMs: 1_000, killAfterMs: 3_000 });
  }

  #look(): Promise<void> | undefined {
    const { clock, redisServes } = this.#options;
    // Before ready the start timeout watches; without Redis nothing can move.
    if (this.process.status.kind !== 'running' || !redisServes()) this.grantFreshLimit();
    const judge = (): string | undefined => this.#life?.watch.verdict(clock.monoMs());
    const why = judge();
    if (why !== undefined) return this.condemnStalled(why, this.#life?.watch.goodMono ?? clock.monoMs(), () => judge() !== undefined);
    const tired = redisServes() ? this.#tired() : undefined;
    if (tired !== undefined) void this.renew(tired);
    return undefined;
  }

  #tired(): string | undefined {
    const life = this.#life;
    const beat = life?.watch.beat;
    if (life === undefined || beat === undefined || beat === null || this.#renewing) return undefined;
    const { recycleAfterJobs, memory } = this.#options.limits();
    const facts = { jobsDone: beat.jobsDone ?? 0, rssBytes: beat.rssBytes, ageMs: life.ageMs };
    return recycleReason(facts, { recycleAfterJobs, memoryBytes: memory }, this.#options.leastLifeMs);
  }
}
