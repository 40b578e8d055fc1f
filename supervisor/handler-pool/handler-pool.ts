import type { JobNews, RunOutcome, RunRequest, StopKind } from '../../contract/handler-messages.js';
import type { ExitCause } from '../../contract/state.js';
import { stoodStillMs } from '../../core/base/awake.js';
import type { Clock } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';
import { Scope } from '../../core/base/scope.js';
import type { HandlerLoad } from '../metrics/work-metrics.js';
import type { Launcher } from '../process/types.js';
import { HandlerProcess, type HandlerProcessOptions, type HandlerSetup } from './handler-process.js';
import { forgive, type Pending, pendingRun, type Run } from './pending-run.js';
import { cancelled, causes, countedAs, outcomeOfKill, stopWords } from './run-outcome.js';
import { cancelGraceMs, handBackGraceMs, runVerdict } from './run-watch.js';

const usualLookMs = 250;

export interface HandlerPoolOptions {
  readonly launcher: Launcher;
  readonly clock: Clock;
  readonly log: Log;
  /** Read at each use: an edit of the config may change them. */
  settings(): { readonly processes: number; readonly recycleAfterJobs: number; readonly memoryBytes: number; readonly idleAfterMs: number };
  /** What a process is told at its start. One with another setup runs no further job. */
  setup(): HandlerSetup;
  /** Deadlines of a handler; undefined when nobody knows it. */
  deadlines(name: string): { readonly softMs: number; readonly hardMs: number } | undefined;
  answer: HandlerProcessOptions['answer'];
  readonly lookEveryMs?: number;
  readonly startTimeoutMs?: number;
}

interface Member {
  readonly process: HandlerProcess;
  readonly setup: string;
  readonly slot: number;
  state: 'starting' | 'idle' | 'busy' | 'ending';
  idleSinceMono: number;
}

/**
 * The processes that handlers run in: started when there is work, one job at a time each, ended when they were
 * idle for long, ran their share of jobs or use too much memory. Whatever a job does to its process, the next
 * one gets a whole one.
 */
export class HandlerPool {
  readonly #options: HandlerPoolOptions;
  readonly #scope: Scope;
  readonly #members = new Set<Member>();
  readonly #waiting: Pending[] = [];
  readonly #running = new Set<Pending>();
  #launched = 0;
  /** While there is a process to watch. */
  #watch: Scope | undefined;
  #lookedMono = 0;

  constructor(options: HandlerPoolOptions) {
    this.#options = options;
    this.#scope = this.#newScope();
  }

  start(): void {
    this.#scope.add('watch', () => this.#watch?.close());
  }

  /** So many processes there may be. */
  get most(): number {
    return this.#options.settings().processes;
  }

  /** For people: what is there now. */
  get view(): HandlerLoad & { readonly processes: number; readonly busy: number; readonly pids: readonly number[] } {
    const members = [...this.#members].filter(({ state }) => state !== 'ending');
    const pids = members.flatMap(({ process }) => (process.incarnation.pid === null ? [] : [process.incarnation.pid]));
    const states = { starting: 0, idle: 0, busy: 0, ending: 0 };
    for (const { state } of this.#members) states[state]++;
    return { processes: members.length, busy: this.#running.size, waiting: this.#waiting.length, states, pids };
  }

  /** Runs a job of `owner` (a worker's life) as soon as a process is free. */
  run(owner: string, request: RunRequest, hear: (news: JobNews) => void): Run {
    const known = this.#options.deadlines(request.name);
    const { pending, outcome } = pendingRun(owner, request, hear, known);
    if (known === undefined) pending.resolve({ kind: 'failed', code: 'not-found', message: `There is no handler named ${request.name}.`, final: true });
    else if (this.#scope.closed) pending.resolve({ kind: 'handed-back' });
    else {
      this.#waiting.push(pending);
      this.#pump();
    }
    return { outcome, stop: (reason) => this.#stop(pending, reason) };
  }

  /** Its worker is dead: nothing of its jobs may run on. Resolves when the exits are seen. */
  async endOf(owner: string): Promise<void> {
    this.#drop((pending) => pending.owner === owner);
    const theirs = [...this.#running].filter((pending) => pending.owner === owner);
    await Promise.all(theirs.map((pending) => this.#kill(pending, 'deliberate', 'the worker that took its job is gone', { kind: 'handed-back' })));
  }

  /** A process for a question of our own, beside the jobs; ended by whoever asked. */
  async spare(): Promise<HandlerProcess> {
    const process = this.#launch(0);
    await process.start();
    return process;
  }

  async stop(): Promise<void> {
    this.#drop(() => true);
    await this.#scope.close();
    await Promise.all([...this.#members].map(({ process }) => process.end('deliberate', 'Roost is stopping')));
  }

  #drop(which: (pending: Pending) => boolean): void {
    for (const pending of this.#waiting.filter(which)) {
      this.#waiting.splice(this.#waiting.indexOf(pending), 1);
      pending.resolve({ kind: 'handed-back' });
    }
  }

  #stop(pending: Pending, reason: StopKind): void {
    if (this.#waiting.includes(pending)) {
      this.#waiting.splice(this.#waiting.indexOf(pending), 1);
      pending.resolve(reason === 'hand-back' ? { kind: 'handed-back' } : cancelled('Cancelled before it ran.'));
      return;
    }
    // The last word counts: a cancelled job may still have to be handed back.
    if (!this.#running.has(pending) || pending.asked?.reason === reason) return;
    pending.asked = { atMono: this.#options.clock.monoMs(), reason };
    pending.process?.stopRun(reason, stopWords[reason]);
    const graceMs = reason === 'hand-back' ? handBackGraceMs : cancelGraceMs;
    if (reason !== 'deadline') this.#options.clock.after(graceMs, () => this.#look());
  }

  #pump(): void {
    const setup = this.#options.setup();
    const text = JSON.stringify(setup);
    for (const member of [...this.#members]) if (member.state === 'idle' && member.setup !== text) this.#retire(member, 'its settings have changed');
    while (this.#waiting.length > 0) {
      const free = [...this.#members].find((member) => member.state === 'idle');
      if (free === undefined) break;
      const pending = this.#waiting.shift();
      if (pending !== undefined) void this.#serve(free, pending);
    }
    const starting = [...this.#members].filter((member) => member.state === 'starting').length;
    const room = this.#options.settings().processes - [...this.#members].filter((member) => member.state !== 'ending').length;
    for (let more = Math.min(room, this.#waiting.length - starting); more > 0; more--) void this.#add(text);
  }

  async #add(setup: string): Promise<void> {
    const { clock, log } = this.#options;
    const taken = new Set([...this.#members].map(({ slot }) => slot));
    let slot = 1;
    while (taken.has(slot)) slot++;
    const process = this.#launch(slot);
    const member: Member = { process, setup, slot, state: 'starting', idleSinceMono: 0 };
    this.#members.add(member);
    this.#attend();
    void process.incarnation.exited.then(() => {
      this.#members.delete(member);
      if (!this.#scope.closed) this.#pump();
    });
    try {
      await process.start();
      if (member.state !== 'starting') return;
      member.state = 'idle';
      member.idleSinceMono = clock.monoMs();
      this.#pump();
    } catch (error) {
      log.warn('a handler process did not start', { process: process.name, error });
      member.state = 'ending';
      const first = this.#waiting.shift();
      first?.resolve({ kind: 'failed', code: 'spawn-failed', message: `No handler process could be started: ${String(error)}`, final: false });
    }
  }

  #launch(slot: number): HandlerProcess {
    const { launcher, clock, log, answer, startTimeoutMs = 20_000 } = this.#options;
    const name = slot === 0 ? 'handler-files' : `handler-${slot}`;
    return new HandlerProcess({ name, number: ++this.#launched, launcher, clock, log, setup: this.#options.setup(), startTimeoutMs, answer });
  }

  async #serve(member: Member, pending: Pending): Promise<void> {
    const { clock } = this.#options;
    member.state = 'busy';
    pending.process = member.process;
    pending.startedMono = clock.monoMs();
    this.#running.add(pending);
    const outcome = await member.process.run(pending.request, pending.hear);
    this.#running.delete(pending);
    pending.resolve(pending.verdict ?? countedAs(outcome, pending.asked?.reason));
    if (member.state !== 'busy') return;
    member.state = 'idle';
    member.idleSinceMono = clock.monoMs();
    const { recycleAfterJobs, memoryBytes } = this.#options.settings();
    if (recycleAfterJobs > 0 && member.process.jobs >= recycleAfterJobs) this.#retire(member, `it ran ${member.process.jobs} jobs`);
    else if (member.process.rssBytes > memoryBytes) this.#retire(member, `it uses ${Math.round(member.process.rssBytes / 1024 ** 2)} MB`);
    this.#pump();
  }

  /** It leaves its place at once: the next job starts its successor while it ends. */
  #retire(member: Member, why: string): void {
    member.state = 'ending';
    void member.process.end('recycled', why);
  }

  #newScope(): Scope {
    return new Scope(this.#options.clock, (step, error) => this.#options.log.error('a step of the handler processes failed', { step, error }));
  }

  #attend(): void {
    if (this.#watch !== undefined) return;
    this.#watch = this.#newScope();
    this.#lookedMono = this.#options.clock.monoMs();
    this.#watch.every('watch', this.#options.lookEveryMs ?? usualLookMs, () => this.#look());
  }

  #look(): void {
    const { clock, settings } = this.#options;
    if (this.#members.size === 0) {
      void this.#watch?.close();
      this.#watch = undefined;
    }
    const { idleAfterMs, memoryBytes } = settings();
    const nowMs = clock.monoMs();
    const asleepMs = stoodStillMs(nowMs - this.#lookedMono, this.#options.lookEveryMs ?? usualLookMs);
    this.#lookedMono = nowMs;
    if (asleepMs > 0) for (const pending of this.#running) forgive(pending, asleepMs, nowMs);
    for (const pending of this.#running) {
      const { process } = pending;
      if (process === undefined || pending.verdict !== undefined) continue;
      const { heardMono, rssBytes } = process;
      const movedMono = process.movedMono + process.quietMs;
      const verdict = runVerdict({ ...pending, heardMono, movedMono, rssBytes, memoryBytes }, nowMs);
      if (verdict?.act === 'ask') {
        pending.hear({ kind: 'log', text: verdict.message });
        pending.asked = { atMono: nowMs, reason: 'deadline' };
        process.stopRun('deadline', verdict.message);
      } else if (verdict?.act === 'kill') void this.#kill(pending, causes[verdict.code], verdict.message, outcomeOfKill(verdict));
    }
    for (const member of [...this.#members]) if (member.state === 'idle' && nowMs - member.idleSinceMono > idleAfterMs) this.#retire(member, 'nothing to do');
  }

  async #kill(pending: Pending, cause: ExitCause, why: string, outcome: RunOutcome): Promise<void> {
    pending.verdict = outcome;
    await pending.process?.end(cause, `${pending.request.name} ${pending.request.jobId} of ${pending.request.queue}: ${why}`);
  }
}
