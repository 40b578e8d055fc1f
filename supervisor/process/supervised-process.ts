import { RoostError } from '../../contract/errors.js';
import type { ExitCause, ExitView, ProcessView } from '../../contract/state.js';
import type { Timer } from '../../core/base/clock.js';
import { Emitter } from '../../core/base/emitter.js';
import { LifeRecord } from './life-record.js';
import { nextEvent } from './next-event.js';
import type { SupervisedProcessOptions } from './process-spec.js';
import { Restarts } from './restarts.js';
import { calledOff, prepareStart, proofOf } from './start-attempt.js';
import { next, type ProcessEvent, type ProcessStatus, possibleActs, statusSentence } from './status.js';
import type { Incarnation, StopLadder } from './types.js';
import { timed, type Verdict, verdictOn } from './verdict.js';

export type { ProcessSpec, SupervisedProcessOptions } from './process-spec.js';

/** One process kept alive: at most one life at a time, every exit followed by what the policy or a person decides. */
export class SupervisedProcess {
  readonly name: string;
  readonly required: boolean;
  readonly #options: SupervisedProcessOptions;
  readonly #restarts: Restarts;
  readonly #record: LifeRecord;
  readonly #changes: Emitter<ProcessStatus>;
  #status: ProcessStatus = { kind: 'stopped', detail: 'Not started yet.' };
  #current: Incarnation | null = null;
  #attempt = new AbortController();
  #dueTimer: Timer | undefined;
  #retired = false;
  /** How the end that was asked for last is to go. */
  #ladder: Partial<StopLadder> | undefined;
  #verdict: Verdict | undefined;
  #usage: { readonly rssBytes: number | null; readonly cpuPercent: number | null } = { rssBytes: null, cpuPercent: null };

  constructor(options: SupervisedProcessOptions) {
    this.name = options.name;
    this.required = options.required;
    this.#options = options;
    this.#restarts = new Restarts(options);
    this.#record = options.record ?? new LifeRecord(options.clock);
    this.#changes = new Emitter((error) => options.log.error('a listener to a process failed', { process: options.name, error }));
  }

  get status(): ProcessStatus {
    return this.#status;
  }

  get current(): Incarnation | null {
    return this.#current;
  }

  onChange(listener: (status: ProcessStatus) => void): () => void {
    return this.#changes.on(listener);
  }

  /** False when nothing had to be done. A person's start is free of the restart budget. */
  start(origin: 'system' | 'person' = 'system'): boolean {
    return !this.#retired && this.#dispatch({ kind: 'start', origin });
  }

  /** Resolves when it is down. Idempotent; a later call with a shorter ladder shortens the first. */
  async stop(why: string, ladder?: Partial<StopLadder>): Promise<void> {
    this.#ladder = { ...this.#options.spec.ladder, ...ladder };
    this.#dispatch({ kind: 'stop', why });
    // Was it on its way down already, then this may shorten the way; otherwise it changes nothing.
    if (this.#status.kind === 'stopping' && ladder !== undefined) void this.#current?.terminate('deliberate', why, this.#ladder);
    while (this.#status.kind === 'stopping' && this.#status.afterwards === 'stay') await nextEvent(this.#changes);
  }

  /** As stop, and no start follows ever again: for the end of Roost. */
  retire(why: string, ladder?: Partial<StopLadder>): Promise<void> {
    this.#retired = true;
    return this.stop(why, ladder);
  }

  /** False when a restart is under way already or the process is retired. */
  restart(by: 'person' | 'watchdog', cause: ExitCause, why: string): boolean {
    if (by === 'watchdog') return this.condemn(cause, why);
    this.#ladder = this.#options.spec.ladder;
    return !this.#retired && this.#dispatch({ kind: 'restart', why });
  }

  /**
   * A detector's verdict: ends the living child with that cause and lets the policy act. Once per life; false when there
   * was none. `lastSignMono` is when it was last seen to work.
   */
  condemn(cause: ExitCause, why: string, lastSignMono?: number): boolean {
    this.#ladder = this.#options.spec.ladder;
    const verdict = verdictOn(this.#current?.number, this.#options.clock, lastSignMono);
    const taken = this.#dispatch({ kind: 'condemn', cause, why });
    if (taken) this.#verdict = verdict;
    return taken;
  }

  /** The number of a life that its owner starts beside the present one. */
  takeNumber(): number {
    return this.#record.takeNumber();
  }

  /** Puts a life that was proved beside the present one in its place; answers with the one it replaced, whose end is the caller's now. Null when none runs. */
  adopt(successor: Incarnation, why: string): Incarnation | null {
    const old = this.#current;
    if (old === null || this.#status.kind !== 'running' || this.#retired || successor.exit !== null) return null;
    this.#current = successor;
    this.#record.renewed(why);
    void successor.exited.then((exit) => this.#ended(successor, exit));
    this.#dispatch({ kind: 'renewed', number: successor.number, nowMs: this.#options.clock.monoMs() });
    return old;
  }

  setUsage(usage: { readonly rssBytes: number | null; readonly cpuPercent: number | null }): void {
    this.#usage = usage;
  }

  /** Resolves with the running life; rejects when the process failed for good, was stopped, or the signal aborts. */
  async whenRunning(signal?: AbortSignal): Promise<Incarnation> {
    for (;;) {
      if (this.#status.kind === 'running' && this.#current !== null) return this.#current;
      if (this.#status.kind === 'failed' || this.#status.kind === 'stopped') throw new RoostError('spawn-failed', `${this.name}: ${this.#status.detail}`);
      await nextEvent(this.#changes, signal);
    }
  }

  view(): ProcessView {
    const status = this.#status;
    const { clock, kind } = this.#options;
    const up = this.#current !== null;
    const dueMs = status.kind === 'backoff' || status.kind === 'quarantined' ? status.dueMs : null;
    return {
      name: this.name,
      kind,
      state: status.kind,
      required: this.required,
      detail: statusSentence(status),
      pid: this.#current?.pid ?? null,
      incarnation: this.#current?.number ?? this.#record.number,
      ...this.#record.view(up),
      retryAtMs: dueMs === null ? null : Math.round(clock.wallMs() + dueMs - clock.monoMs()),
      rssBytes: up ? this.#usage.rssBytes : null,
      cpuPercent: up ? this.#usage.cpuPercent : null,
      can: this.#retired ? { start: false, stop: false, restart: false } : possibleActs(status),
    };
  }

  #dispatch(event: ProcessEvent): boolean {
    const before = this.#status;
    const after = next(before, event);
    if (after === before) return false;
    this.#status = after;
    if (before.kind !== after.kind) {
      this.#dueTimer?.cancel();
      this.#dueTimer = undefined;
      this.#restarts.turnOver(event.kind === 'due');
    }
    this.#enter(before, after);
    this.#changes.emit(after);
    return true;
  }

  /** The few acts that follow a change of status. */
  #enter(before: ProcessStatus, after: ProcessStatus): void {
    if (after.kind === 'starting' && before.kind !== 'starting') {
      if (after.origin !== 'person') this.#restarts.started(this.#options.clock.monoMs());
      this.#record.started(after.origin);
      const attempt = new AbortController();
      this.#attempt = attempt;
      void this.#begin(attempt.signal);
    } else if (after.kind === 'stopping') {
      this.#attempt.abort();
      void this.#current?.terminate(after.cause, after.detail, this.#ladder);
    } else if (after.kind === 'backoff' || after.kind === 'quarantined') {
      const waitMs = after.dueMs - this.#options.clock.monoMs();
      // A timer of zero takes a millisecond or more, as long as the start itself. Listeners still hear of the wait first.
      if (waitMs <= 0) queueMicrotask(() => this.#status === after && this.#due());
      else this.#dueTimer = this.#options.clock.after(waitMs, () => this.#due());
    }
  }

  /** The wait is over; a restart beyond what the fleet may have at once gets a later time, once. */
  #due(): void {
    const { clock, launcher, log } = this.#options;
    const nowMs = clock.monoMs();
    const later = this.#restarts.turn(this.#record.lastExit, nowMs);
    if (later === null) return void this.#dispatch({ kind: 'due' });
    launcher.logFor(this.name).note(later.why);
    log.warn('a restart waits for its turn', { process: this.name, waitMs: Math.round(later.dueMs - nowMs) });
    this.#dispatch({ kind: 'held', ...later });
  }

  /** From the wish to start until the child is proved; every way out leads through #ended or a dispatch. */
  async #begin(signal: AbortSignal): Promise<void> {
    const { clock, launcher, spec } = this.#options;
    const prepared = await prepareStart(spec, clock, signal);
    const start = signal.aborted && prepared.kind === 'launch' ? calledOff : prepared;
    if (start.kind === 'never-spawned')
      return this.#ended(null, { atMs: clock.wallMs(), cause: start.cause, code: null, signal: null, message: start.message });
    const incarnation = launcher.launch(start.launch, this.#record.takeNumber());
    this.#current = incarnation;
    this.#dispatch({ kind: 'spawned', number: incarnation.number });
    void incarnation.exited.then((exit) => this.#ended(incarnation, exit));
    if (incarnation.exit === null) await this.#prove(incarnation, signal);
  }

  async #prove(incarnation: Incarnation, signal: AbortSignal): Promise<void> {
    const { clock, spec } = this.#options;
    const proof = await proofOf(spec, clock, incarnation, signal);
    if (proof.kind === 'over' || signal.aborted) return;
    if (proof.kind === 'failed') return void this.condemn(proof.cause, proof.why);
    this.#record.ready();
    if (this.#dispatch({ kind: 'ready', number: incarnation.number, nowMs: clock.monoMs() })) this.#guard('onReady', () => spec.onReady?.(incarnation));
  }

  #ended(incarnation: Incarnation | null, seen: ExitView): void {
    if (incarnation !== this.#current) return;
    const { clock, spec, log } = this.#options;
    const full = timed(seen, incarnation, this.#verdict);
    const { exit, decision: own } = spec.judge?.(full) ?? { exit: full };
    this.#current = null;
    // Once it is proved nobody waits for this any more; telling so can wait until the next life is started.
    const attempt = this.#attempt;
    if (this.#status.kind === 'running') clock.after(0, () => attempt.abort());
    else attempt.abort();
    const nowMs = clock.monoMs();
    const status = this.#status;
    const ranMs = this.#record.ended(exit, own?.kind === 'stay' && exit.cause === 'clean');
    const probe = (status.kind === 'starting' || status.kind === 'running') && status.origin === 'probe';
    const answered = status.kind !== 'stopping' || status.afterwards === 'policy';
    const decision = this.#restarts.after({ exit, ranMs, probe }, own, answered, nowMs);
    // Afterwards: to write a line takes as long as to decide.
    clock.after(0, () => log.info('a process ended', { process: this.name, cause: exit.cause, why: exit.message, next: decision.kind }));
    // Before the next start can begin: the owner of the life closes what hung on it.
    this.#guard('onExit', () => spec.onExit?.(exit, incarnation));
    this.#dispatch({ kind: 'exited', number: incarnation?.number ?? null, decision, nowMs });
  }

  #guard(hook: string, act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#options.log.error('a hook of a process failed', { process: this.name, hook, error });
    }
  }
}
