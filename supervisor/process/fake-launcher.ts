import type { ExitCause, ExitView } from '../../contract/state.js';
import type { Clock } from '../../core/base/clock.js';
import { silentLog } from '../../core/base/log.js';
import { type AskedEnd, exitReason, spawnFailure } from './exit-reason.js';
import { ProcessLog } from './log-tail.js';
import { Termination } from './terminate.js';
import { defaultStopLadder, type Identity, type Incarnation, type Launch, type Launcher, type StopLadder, type Wire } from './types.js';

/** A child that a test plays by hand; signals and exits take the time of a manual clock. For tests. */
export class FakeChild implements Incarnation {
  readonly launch: Launch;
  readonly number: number;
  readonly pid: number;
  readonly identity: Identity;
  readonly spawnedAtMs: number;
  readonly spawnedMonoMs: number;
  readonly wire: Wire | null = null;
  readonly log: ProcessLog;
  readonly exited: Promise<ExitView>;
  exit: ExitView | null = null;
  /** Whether SIGTERM ends it; SIGKILL always does. */
  obeys = true;
  asked: AskedEnd | null = null;
  readonly #clock: Clock;
  readonly #termination: Termination;
  #resolve: (exit: ExitView) => void = () => undefined;

  constructor(launch: Launch, number: number, pid: number, clock: Clock, log: ProcessLog) {
    this.launch = launch;
    this.number = number;
    this.pid = pid;
    this.identity = { pid, startedAt: String(clock.monoMs()), bootId: 'test' };
    this.spawnedAtMs = clock.wallMs();
    this.spawnedMonoMs = clock.monoMs();
    this.log = log;
    this.#clock = clock;
    this.exited = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#termination = new Termination({
      clock,
      steps: {
        message: () => undefined,
        term: () => this.obeys && void clock.after(20, () => this.end(null, 'SIGTERM')),
        kill: () => void clock.after(5, () => this.end(null, 'SIGKILL')),
      },
    });
  }

  terminate(cause: ExitCause, why: string, ladder: Partial<StopLadder> = {}): Promise<ExitView> {
    if (this.exit !== null) return this.exited;
    this.asked ??= { cause, why };
    this.#termination.walk({ ...defaultStopLadder, ...ladder });
    return this.exited;
  }

  /** Plays the exit; `lastLine` is what it said last. */
  end(code: number | null, signal: string | null = null, lastLine?: string): void {
    this.#finish({ ...exitReason({ code, signal, asked: this.asked, atMs: this.#clock.wallMs() }), ...(lastLine === undefined ? {} : { lastLine }) });
  }

  failSpawn(code = 'ENOENT'): void {
    this.#finish(spawnFailure(Object.assign(new Error('spawn'), { code }), this.launch, this.#clock.wallMs()));
  }

  #finish(exit: ExitView): void {
    if (this.exit !== null) return;
    this.exit = exit;
    this.#termination.end();
    this.#resolve(exit);
  }
}

/** Launches FakeChildren and keeps them all, dead or alive, for a test to look at. */
export class FakeLauncher implements Launcher {
  readonly children: FakeChild[] = [];
  /** Decides how the next child begins its life. */
  onLaunch: (child: FakeChild) => void = () => undefined;
  readonly #clock: Clock;
  readonly #logs = new Map<string, ProcessLog>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get live(): readonly FakeChild[] {
    return this.children.filter((child) => child.exit === null);
  }

  launch(launch: Launch, number: number): FakeChild {
    const child = new FakeChild(launch, number, 10_000 + this.children.length, this.#clock, this.logFor(launch.name));
    this.children.push(child);
    this.onLaunch(child);
    return child;
  }

  logFor(name: string): ProcessLog {
    const log = this.#logs.get(name) ?? new ProcessLog({ clock: this.#clock, log: silentLog, file: null });
    this.#logs.set(name, log);
    return log;
  }

  forget(name: string): void {
    this.#logs.delete(name);
  }
}
