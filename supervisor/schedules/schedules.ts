import { isDeepStrictEqual } from 'node:util';
import type { SchedulesConfig } from '../../contract/config-schedules.js';
import { RoostError } from '../../contract/errors.js';
import type { RunView, ScheduleView } from '../../contract/schedules.js';
import type { Clock, Timer } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';
import { Scope } from '../../core/base/scope.js';
import { checkSchedule, type Known } from './check.js';
import { ScheduleEntry } from './entry.js';
import { Firing, type FiringOptions, LostLease } from './firing.js';
import { leaseMs } from './ledger-store.js';
import { stepOf } from './step.js';

export interface SchedulesOptions extends Omit<FiringOptions, 'jobs'> {
  readonly clock: Clock;
  readonly log: Log;
  config(): SchedulesConfig;
  readonly known: Known;
  readonly jobs: FiringOptions['jobs'];
  /** Why nothing new may start; undefined while it may. */
  held(): string | undefined;
  /** Whether the config file has a line for it. */
  inFile(name: string): boolean;
  changed(views: ScheduleView[]): void;
}

/** Looked at least this often: a wall clock may jump, and timers do not tell. */
const lookEveryMs = 1_000;
const lineEveryMs = 200;
const leaseEveryMs = leaseMs / 3;

/**
 * Beat: knows when what is due and makes a job of it, once, whatever happens in between. One is built for each
 * time Redis opens; what must outlive it lies in Redis. Of several nodes one fires a schedule, as long as it lives.
 */
export class Schedules {
  readonly #options: SchedulesOptions;
  readonly #scope: Scope;
  readonly #firing: Firing;
  readonly #entries = new Map<string, ScheduleEntry>();
  #timer: Timer | undefined;
  #leasedMono = Number.NEGATIVE_INFINITY;
  #ticking: Promise<void> | undefined;
  #shown: ScheduleView[] = [];

  constructor(options: SchedulesOptions) {
    this.#options = options;
    this.#scope = new Scope(options.clock, (step, error) => options.log.debug('schedules failed in a step', { step, error }));
    this.#firing = new Firing(options);
  }

  start(): void {
    this.apply();
    this.#scope.add('timer', () => this.#timer?.cancel());
    this.#scope.every('look', lookEveryMs, () => this.#look());
    this.#arm(0);
  }

  /** Gives its schedules to other nodes; what is decided is written down already. */
  async stop(): Promise<void> {
    await this.#scope.close(2_000);
    await this.#ticking?.catch(() => undefined);
    const ours = [...this.#entries.values()].filter(({ owner }) => owner === this.#options.node).map(({ name }) => name);
    await this.#options.store.release(ours, this.#options.node).catch(() => undefined);
  }

  /** Takes over what the config says now; untouched schedules stay as they are. */
  apply(): void {
    const { known } = this.#options;
    const config = this.#options.config();
    for (const [name, entry] of this.#entries) {
      if (name in config) continue;
      this.#entries.delete(name);
      void this.#drop(entry);
    }
    for (const [name, wanted] of Object.entries(config)) {
      const before = this.#entries.get(name);
      const entry = before !== undefined && isDeepStrictEqual(before.config, wanted) ? before : new ScheduleEntry(name, wanted, before);
      entry.check(() => checkSchedule(wanted, known));
      if (entry === before) continue;
      this.#entries.set(name, entry);
      // Read anew with the next lease: the old entry may be writing this very moment.
      this.#leasedMono = Number.NEGATIVE_INFINITY;
    }
    this.publish();
    if (!this.#scope.closed) this.#arm(0);
  }

  views(): ScheduleView[] {
    const world = { nowMs: this.#options.clock.wallMs(), node: this.#options.node, held: this.#options.held() };
    return [...this.#entries.values()]
      .map((entry) => entry.view({ ...world, inFile: this.#options.inFile(entry.name) }))
      .sort((a, b) => a.name.localeCompare(b.name));
  }

  view(name: string): ScheduleView {
    const { clock, node, held, inFile } = this.#options;
    return this.#entry(name).view({ nowMs: clock.wallMs(), node, held: held(), inFile: inFile(name) });
  }

  async runs(name: string, limit: number): Promise<readonly RunView[]> {
    const entry = this.#entry(name);
    await this.#load(entry);
    return entry.runs.slice(0, limit);
  }

  run(name: string, data: Readonly<Record<string, unknown>> | undefined): Promise<RunView> {
    const entry = this.#entry(name);
    if (data !== undefined) checkSchedule({ ...entry.config, data }, this.#options.known);
    return this.#act(entry, () => this.#firing.byHand(entry, data));
  }

  pause(name: string, why: string): Promise<void> {
    const entry = this.#entry(name);
    return this.#act(entry, async () => {
      await this.#load(entry);
      if (entry.ledger.paused !== undefined) return;
      const paused = { atMs: this.#options.clock.wallMs(), why };
      await this.#options.store.write(name, { paused, line: [] }, []);
      entry.ledger = { ...entry.ledger, paused, line: [] };
    });
  }

  /** Goes on from now: what a person kept from running was not missed. */
  resume(name: string): Promise<void> {
    const entry = this.#entry(name);
    return this.#act(entry, async () => {
      await this.#load(entry);
      const { paused, parked } = entry.ledger;
      if (paused === undefined && parked === undefined) return;
      const patch = { paused: undefined, parked: undefined, lastMs: this.#options.clock.wallMs() };
      await this.#options.store.write(name, patch, []);
      entry.ledger = { ...entry.ledger, ...patch };
    });
  }

  /** Forgets what happened, too; the config has lost it already. */
  async forget(name: string): Promise<void> {
    await this.#options.store.remove(name);
    // A default that is there again without its line in the file.
    this.#entries.get(name)?.forget();
    this.#leasedMono = Number.NEGATIVE_INFINITY;
    this.publish();
  }

  publish(): void {
    const views = this.views();
    if (isDeepStrictEqual(views, this.#shown)) return;
    this.#shown = views;
    this.#options.changed(views);
  }

  #entry(name: string): ScheduleEntry {
    const entry = this.#entries.get(name);
    if (entry !== undefined) return entry;
    const names = [...this.#entries.keys()].sort().join(', ');
    throw new RoostError('not-found', `There is no schedule named ${name}; there are ${names === '' ? 'none' : names}.`, { field: 'name' });
  }

  async #act<T>(entry: ScheduleEntry, act: () => Promise<T>): Promise<T> {
    try {
      return await entry.inTurn(act);
    } finally {
      this.publish();
    }
  }

  async #load(entry: ScheduleEntry): Promise<void> {
    const { ledger, runs } = await this.#options.store.read(entry.name);
    entry.ledger = ledger;
    entry.runs = runs;
    entry.loaded = true;
  }

  #arm(delayMs: number): void {
    this.#timer?.cancel();
    if (this.#scope.closed) return;
    // Whatever is further away is reached by a look, which comes in step with everything else.
    if (delayMs < 2 * lookEveryMs) this.#timer = this.#options.clock.after(delayMs, () => this.#look());
  }

  /** A slow round is waited for, never doubled. */
  #look(): void {
    this.#ticking ??= this.#tick().finally(() => {
      this.#ticking = undefined;
      this.#arm(this.#untilNextMs());
    });
  }

  #untilNextMs(): number {
    const nowMs = this.#options.clock.wallMs();
    const ours = [...this.#entries.values()].filter((entry) => entry.owner === this.#options.node);
    const waits = ours.flatMap((entry) => entry.next(nowMs)[0] ?? []).map((at) => at - nowMs);
    // Those in line go between two times of the rule, which may be short.
    const inLine = ours.some(({ ledger }) => ledger.line.length > 0);
    return Math.max(5, Math.min(inLine ? lineEveryMs : Number.POSITIVE_INFINITY, ...waits));
  }

  async #tick(): Promise<void> {
    const { clock, log, node } = this.#options;
    try {
      if (clock.monoMs() - this.#leasedMono >= leaseEveryMs) await this.#takeLeases();
      for (const entry of this.#entries.values()) {
        if (entry.owner !== node || entry.busy || this.#scope.closed) continue;
        await entry
          .inTurn(() => stepOf(entry, this.#firing, this.#options))
          .catch((error: unknown) => {
            if (error instanceof LostLease) this.#leasedMono = Number.NEGATIVE_INFINITY;
            else log.debug('a schedule waits for the next look', { schedule: entry.name, error });
          });
      }
    } catch (error) {
      // Redis is away: everything is decided anew once it is back.
      log.debug('the schedules wait for Redis', { error });
    }
    if (!this.#scope.closed) this.publish();
  }

  async #takeLeases(): Promise<void> {
    const { store, node, clock } = this.#options;
    const entries = [...this.#entries.values()];
    const owners = await store.lease(
      entries.map(({ name }) => name),
      node,
    );
    for (const entry of entries) {
      entry.owner = owners.get(entry.name);
      // Others may have paused or released it, and on standby they write its runs.
      await entry.inTurn(() => this.#load(entry));
    }
    this.#leasedMono = clock.monoMs();
  }

  /** Gone from the config: should it come back, it begins anew instead of making up for the time between. */
  async #drop(entry: ScheduleEntry): Promise<void> {
    const { store, node, log } = this.#options;
    if (entry.owner !== node) return;
    await entry
      .inTurn(async () => {
        await store.write(entry.name, { rule: undefined, lastMs: undefined, line: [], pending: undefined }, [], node);
        await store.release([entry.name], node);
      })
      .catch((error: unknown) => log.debug('a schedule could not be put away', { schedule: entry.name, error }));
  }
}
