import type { WatchConfig } from '../../contract/config.js';
import { RoostError } from '../../contract/errors.js';
import type { WatchView } from '../../contract/watch.js';
import type { Clock } from '../../core/base/clock.js';
import { within } from '../../core/base/deadline.js';
import type { Log } from '../../core/base/log.js';
import type { Redis } from '../../core/redis/connection.js';
import type { Keys } from '../../core/redis/keys.js';
import { DirectoryScanner } from './directory-scanner.js';
import { Intake, type JobIntake } from './intake.js';
import { IssuesScanner } from './issues-scanner.js';
import { LogScanner } from './log-scanner.js';
import { RejectFile } from './reject-file.js';
import { type Scanner, type ScanResult, WatchProblem } from './scan.js';
import { type Counts, WatchLedger } from './watch-ledger.js';

/** What drop folders need of the desk; it is another one after a restore. */
export interface WatchDesk {
  readonly redis: Redis;
  readonly jobs: JobIntake;
}

export interface OneWatchOptions {
  readonly name: string;
  readonly config: WatchConfig;
  readonly path: string;
  /** The queue of a handler that has no other. */
  queueOf(handler: string): string;
  /** Once for each change between well and not well. */
  tell(severity: 'info' | 'warning', name: string, message: string): void;
  readonly dataDir: string;
  readonly node: string;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly log: Log;
}

/** A share that hangs is told after this long; the look itself cannot be ended, so no other begins meanwhile. */
const slowMs = 30_000;
const nextPageMs = 20;

interface Opened {
  readonly redis: Redis;
  readonly scanner: Scanner;
  readonly shared: { counts: Counts };
}

/** One drop folder in its own time. */
export class OneWatch {
  readonly config: WatchConfig;
  readonly #options: OneWatchOptions;
  readonly #abort = new AbortController();
  #opened: Opened | undefined;
  #dueMonoMs = 0;
  #running: Promise<void> | undefined;
  #state: WatchView['state'] = 'starting';
  #problem: string | null = null;
  #result: ScanResult | undefined;
  #counts: Counts = { queued: 0, rejected: 0, rejects: [] };
  #lastScanAtMs: number | null = null;
  #scanMs: number | null = null;

  constructor(options: OneWatchOptions) {
    this.#options = options;
    this.config = options.config;
  }

  /** To be called often; begins a look when one is due and none is going on. */
  look(desk: WatchDesk | undefined, held: boolean): void {
    const { clock } = this.#options;
    if (this.#running !== undefined || this.#abort.signal.aborted || clock.monoMs() < this.#dueMonoMs) return;
    if (held) {
      this.#state = 'held';
      this.#problem = 'the emergency stop is in force';
      return;
    }
    if (desk === undefined) {
      if (this.#state !== 'starting') this.#trouble('Redis does not serve; nothing is lost, the items wait where they are', false);
      return;
    }
    this.#running = this.#scan(desk).finally(() => {
      this.#running = undefined;
    });
  }

  /** Waits for a look that is going on; what it had begun is finished at the next start. */
  async stop(): Promise<void> {
    this.#abort.abort(new Error('stopped'));
    if (this.#running !== undefined) await within(this.#options.clock, 2_000, this.#running);
  }

  view(): WatchView {
    const { name, config, path, queueOf } = this.#options;
    const { kind, handler, queue, every } = config;
    const counts = this.#opened?.shared.counts ?? this.#counts;
    return {
      name,
      path,
      kind,
      handler,
      queue: queue ?? queueOf(handler),
      state: this.#state,
      problem: this.#problem,
      everyMs: every,
      lastScanAtMs: this.#lastScanAtMs,
      scanMs: this.#scanMs,
      present: this.#result?.present ?? 0,
      queued: counts.queued,
      rejected: counts.rejected,
      settling: this.#result?.settling ?? 0,
      behind: this.#result?.behind ?? 0,
      lagMs: this.#result?.lagMs ?? null,
      open: this.#result?.open ?? null,
      rejects: [...counts.rejects],
    };
  }

  async #scan(desk: WatchDesk): Promise<void> {
    const { clock, config, path } = this.#options;
    const startedMs = clock.monoMs();
    const slow = clock.after(slowMs, () => this.#trouble(`${path} does not answer: the look at it has taken ${slowMs / 1_000} s so far`));
    try {
      const opened = await this.#open(desk);
      const result = await opened.scanner.scan(this.#abort.signal);
      this.#result = result;
      this.#lastScanAtMs = clock.wallMs();
      this.#scanMs = Math.round(clock.monoMs() - startedMs);
      this.#went(result);
      this.#dueMonoMs = clock.monoMs() + (result.more ? nextPageMs : config.every);
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      this.#dueMonoMs = clock.monoMs() + config.every;
      this.#failed(this.#wordsOf(error));
    } finally {
      slow.cancel();
    }
  }

  #wordsOf(error: unknown): string {
    if (error instanceof WatchProblem || error instanceof RoostError) return error.message;
    // Half of a batch may be queued and not written down: memory and ledger are read anew.
    this.#options.log.warn('a look at a drop folder failed', { watch: this.#options.name, error });
    return error instanceof Error ? error.message : String(error);
  }

  /** Another connection is another Redis, whose ledger may say something else. */
  async #open({ redis, jobs }: WatchDesk): Promise<Opened> {
    if (this.#opened?.redis === redis) return this.#opened;
    const { name, config, path, node, keys, clock, log, dataDir } = this.#options;
    const ledger = new WatchLedger({ redis, keys, clock, node, name });
    const counts = await ledger.counts();
    const intake = new Intake({ name, config, jobs, everTaken: counts.queued > 0 });
    const rejects = new RejectFile({ path, dataDir, name, log });
    const shared = { config, path, folder: path, ledger, intake, rejects, clock, log, counts };
    const scanner = config.kind === 'directory' ? new DirectoryScanner(shared) : config.kind === 'jsonl' ? new LogScanner(shared) : new IssuesScanner(shared);
    this.#opened = { redis, scanner, shared };
    return this.#opened;
  }

  #went(result: ScanResult): void {
    const full = result.behind > 0 && !result.more;
    if (this.#state === 'problem') this.#options.tell('info', this.#options.name, `The drop folder ${this.#options.name} works again.`);
    this.#state = full ? 'full' : 'watching';
    this.#problem = full ? 'the queue is long enough; the rest waits until it is shorter' : result.note;
    this.#counts = this.#opened?.shared.counts ?? this.#counts;
  }

  /** What was read into memory may be ahead of the ledger after a failure: it is read anew with the next look. */
  #failed(problem: string): void {
    this.#counts = this.#opened?.shared.counts ?? this.#counts;
    this.#opened = undefined;
    this.#trouble(problem);
  }

  #trouble(problem: string, told = true): void {
    if (told && this.#state !== 'problem')
      this.#options.tell('warning', this.#options.name, `The drop folder ${this.#options.name} is in trouble: ${problem}.`);
    this.#state = 'problem';
    this.#problem = problem;
  }
}
