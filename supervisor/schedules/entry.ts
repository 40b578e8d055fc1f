import { createHash } from 'node:crypto';
import { defaultSchedules, type ScheduleConfig } from '../../contract/config-schedules.js';
import type { RunView, ScheduleState, ScheduleView } from '../../contract/schedules.js';
import type { Checked } from './check.js';
import { emptyLedger, isOpen, type Ledger } from './ledger.js';
import { nextFew } from './time/rule.js';

const shownNext = 5;

/** One schedule as this node knows it. */
export class ScheduleEntry {
  readonly name: string;
  readonly config: ScheduleConfig;
  checked: Checked | undefined;
  /** Why it cannot run as it is. */
  fault: string | undefined;
  ledger: Ledger = emptyLedger;
  /** Newest first. */
  runs: readonly RunView[] = [];
  owner: string | undefined;
  /** Read from Redis at least once. */
  loaded = false;
  #next: readonly number[] = [];
  #nextFromMs = Number.NaN;
  /** Steps and acts of people follow one another. */
  #tail: Promise<unknown> = Promise.resolve();
  #busy = 0;
  readonly #revision: string;

  constructor(name: string, config: ScheduleConfig, before?: ScheduleEntry) {
    this.name = name;
    this.config = config;
    this.#revision = revisionOf(config);
    if (before === undefined) return;
    // The same schedule, edited: what is under way under the old entry ends first.
    this.#tail = before.#tail;
    this.ledger = before.ledger;
    this.runs = before.runs;
    this.owner = before.owner;
  }

  /** Again whenever what it may name has changed. */
  check(check: () => Checked): void {
    this.checked = undefined;
    this.fault = undefined;
    this.#nextFromMs = Number.NaN;
    try {
      this.checked = check();
    } catch (error) {
      this.fault = error instanceof Error ? error.message : String(error);
    }
  }

  get busy(): boolean {
    return this.#busy > 0;
  }

  get open(): readonly RunView[] {
    return this.runs.filter(isOpen);
  }

  /** Begins anew, as if never seen. */
  forget(): void {
    this.ledger = emptyLedger;
    this.runs = [];
    this.owner = undefined;
    this.loaded = false;
  }

  /** One after another, whoever asks. */
  inTurn<T>(act: () => Promise<T>): Promise<T> {
    this.#busy++;
    const done = this.#tail.then(act).finally(() => {
      this.#busy--;
    });
    this.#tail = done.catch(() => undefined);
    return done;
  }

  /** Occurrences after now; kept until the first of them has passed or the clock went back. */
  next(nowMs: number): readonly number[] {
    if (this.checked === undefined) return [];
    const [first] = this.#next;
    if (Number.isNaN(this.#nextFromMs) || nowMs < this.#nextFromMs || (first !== undefined && nowMs >= first)) {
      this.#next = nextFew(this.checked.rule, nowMs, shownNext);
      this.#nextFromMs = nowMs;
    }
    return this.#next;
  }

  put(run: RunView): void {
    const others = this.runs.filter(({ id }) => id !== run.id);
    this.runs = [run, ...others].sort((a, b) => b.atMs - a.atMs);
  }

  view(world: { readonly nowMs: number; readonly node: string; readonly held: string | undefined; readonly inFile: boolean }): ScheduleView {
    const { config, ledger } = this;
    const { state, why, sinceMs } = this.#state(world);
    const runs = state === 'active' || state === 'shadow' || state === 'standby';
    return {
      name: this.name,
      state,
      why,
      sinceMs,
      cron: config.cron ?? null,
      everyMs: config.every ?? null,
      tz: config.tz,
      handler: config.handler,
      queue: this.checked?.queue ?? config.queue ?? '',
      missed: config.missed,
      windowMs: config.window ?? null,
      staggerMs: config.stagger,
      overlap: config.overlap,
      mode: config.mode,
      origin: world.inFile || defaultSchedules[this.name] === undefined ? 'file' : 'default',
      revision: this.#revision,
      next: runs ? [...this.next(world.nowMs)] : [],
      inLine: ledger.line.length,
      open: this.open.length,
      lastRun: this.runs[0] ?? null,
    };
  }

  #state({ held, node }: { readonly held: string | undefined; readonly node: string }): { state: ScheduleState; why: string | null; sinceMs: number | null } {
    const { parked, paused } = this.ledger;
    if (this.fault !== undefined) return { state: 'faulty', why: this.fault, sinceMs: null };
    if (parked !== undefined) return { state: 'parked', why: parked.why, sinceMs: parked.atMs };
    if (paused !== undefined) return { state: 'paused', why: paused.why, sinceMs: paused.atMs };
    if (held !== undefined) return { state: 'held', why: held, sinceMs: null };
    if (this.config.mode === 'shadow') return { state: 'shadow', why: 'Writes down when it would run, and runs nothing.', sinceMs: null };
    if (this.owner !== undefined && this.owner !== node) return { state: 'standby', why: `The node ${this.owner} runs it.`, sinceMs: null };
    return { state: 'active', why: null, sinceMs: null };
  }
}

/** Of what is in force: the same whichever way it was written. */
export const revisionOf = (config: ScheduleConfig): string =>
  createHash('sha256')
    .update(JSON.stringify(config, (_, value: unknown) => (isPlain(value) ? Object.fromEntries(Object.entries(value).sort()) : value)))
    .digest('hex')
    .slice(0, 16);

const isPlain = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
