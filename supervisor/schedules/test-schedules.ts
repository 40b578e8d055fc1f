import { Registry } from 'prom-client';
import { z } from 'zod';
import type { ScheduleConfig, SchedulesConfig } from '../../contract/config-schedules.js';
import type { RunView, ScheduleView } from '../../contract/schedules.js';
import { silentLog } from '../../core/base/log.js';
import { ManualClock } from '../../core/base/manual-clock.js';
import { ScheduleMetrics } from '../metrics/schedule-metrics.js';
import type { Known } from './check.js';
import type { JobLook, ScheduleJobs } from './jobs.js';
import { emptyLedger, type Ledger, type LedgerPatch } from './ledger.js';
import type { Ledgers } from './ledger-store.js';
import { Schedules } from './schedules.js';

export const known: Known = {
  handler: (name) =>
    name === 'work'
      ? {
          name,
          summary: 'works',
          queue: 'analysis',
          data: z.strictObject({ size: z.number().optional() }),
          softMs: 1_000,
          hardMs: 2_000,
          retry: 'none',
        }
      : undefined,
  handlers: () => ['work'],
  queues: () => ['analysis', 'trends', 'turns'],
};

export const scheduleWith = (changes: Partial<ScheduleConfig>): ScheduleConfig => ({
  tz: 'UTC',
  handler: 'work',
  data: {},
  missed: 'once',
  stagger: 1_000,
  overlap: 'skip',
  mode: 'run',
  ...changes,
});

/** What Redis would remember, with leases that do not expire by themselves. */
export class MemoryLedgers implements Ledgers {
  readonly ledgers = new Map<string, Ledger>();
  readonly runs = new Map<string, Map<string, RunView>>();
  readonly owners = new Map<string, string>();
  /** Called before each write: a test breaks off here as a crash would. */
  beforeWrite = (_patch: LedgerPatch): void => undefined;

  async lease(names: readonly string[], node: string): Promise<ReadonlyMap<string, string>> {
    for (const name of names) if (!this.owners.has(name)) this.owners.set(name, node);
    return new Map(names.map((name) => [name, this.owners.get(name) ?? '']));
  }
  async release(names: readonly string[], node: string): Promise<void> {
    for (const name of names) if (this.owners.get(name) === node) this.owners.delete(name);
  }
  async read(name: string) {
    const runs = [...(this.runs.get(name)?.values() ?? [])].sort((a, b) => b.atMs - a.atMs);
    return { ledger: this.ledgers.get(name) ?? emptyLedger, runs };
  }
  async write(name: string, patch: LedgerPatch, runs: readonly RunView[], node?: string): Promise<boolean> {
    if (node !== undefined && this.owners.get(name) !== node) return false;
    this.beforeWrite(patch);
    this.ledgers.set(name, { ...(this.ledgers.get(name) ?? emptyLedger), ...patch } as Ledger);
    const known = this.runs.get(name) ?? new Map<string, RunView>();
    this.runs.set(name, known);
    for (const run of runs) known.set(run.id, run);
    return true;
  }
  async remove(name: string): Promise<void> {
    this.ledgers.delete(name);
    this.runs.delete(name);
    this.owners.delete(name);
  }
}

/** A queue that runs nothing by itself. */
export class MemoryJobs implements ScheduleJobs {
  /** Job ids in the order in which they were added, each once. */
  readonly added: string[] = [];
  readonly looks = new Map<string, JobLook>();
  readonly data = new Map<string, unknown>();
  readonly withdrawn: string[] = [];
  afterAdd = (): void => undefined;

  async add(_queue: string, _handler: string, data: unknown, jobId: string): Promise<void> {
    if (!this.added.includes(jobId)) {
      this.added.push(jobId);
      this.data.set(jobId, data);
      this.looks.set(jobId, { state: 'waiting', startedAtMs: null, endedAtMs: null, error: null, deaths: 0 });
    }
    this.afterAdd();
  }
  async look(_queue: string, jobId: string): Promise<JobLook | undefined> {
    return this.looks.get(jobId);
  }
  async withdraw(_queue: string, jobId: string): Promise<boolean> {
    this.withdrawn.push(jobId);
    if (this.looks.get(jobId)?.state !== 'waiting') return false;
    return this.looks.delete(jobId);
  }
  set(jobId: string, look: Partial<JobLook>): void {
    this.looks.set(jobId, { state: 'waiting', startedAtMs: null, endedAtMs: null, error: null, deaths: 0, ...this.looks.get(jobId), ...look });
  }
  endAll(state: 'done' | 'failed' = 'done'): void {
    for (const id of this.added) if (this.looks.has(id)) this.set(id, { state, startedAtMs: 1, endedAtMs: 2 });
  }
  /** The times of the rule that became jobs of this schedule. */
  times(name: string): string[] {
    return this.added.flatMap((id) => {
      const match = new RegExp(`^schedule\\.${name}\\.(\\d+)`).exec(id);
      return match === null ? [] : [new Date(Number(match[1])).toISOString().slice(11, 19)];
    });
  }
}

export interface Bench {
  readonly clock: ManualClock;
  readonly store: MemoryLedgers;
  readonly jobs: MemoryJobs;
  readonly world: { config: SchedulesConfig; held: string | undefined };
  readonly told: string[];
  schedules: Schedules;
  views(): readonly ScheduleView[];
  one(name: string): ScheduleView;
  /** Lets time go by in small steps; between two of them every promise settles, as it does in a real process. */
  pass(ms: number, stepMs?: number): Promise<void>;
  /** A new start of Roost on what is remembered. */
  restart(node?: string): Promise<void>;
}

/** The service on a clock that moves by hand. */
export function benchAt(iso: string, config: SchedulesConfig): Bench {
  const clock = new ManualClock(Date.parse(iso));
  const store = new MemoryLedgers();
  const jobs = new MemoryJobs();
  const world: Bench['world'] = { config, held: undefined };
  const told: string[] = [];
  const build = (node: string): Schedules => {
    const made = new Schedules({
      store,
      jobs,
      node,
      clock,
      log: silentLog,
      metrics: new ScheduleMetrics(new Registry()),
      known,
      config: () => world.config,
      inFile: () => true,
      held: () => world.held,
      parked: (name, why) => told.push(`${name}: ${why}`),
      changed: () => undefined,
    });
    made.start();
    return made;
  };
  const bench: Bench = {
    clock,
    store,
    jobs,
    world,
    told,
    schedules: build('a'),
    views: () => bench.schedules.views(),
    one: (name) => bench.schedules.view(name),
    async pass(ms, stepMs = ms > 600_000 ? 20_000 : 1_000) {
      for (let left = ms; left > 0; left -= stepMs) {
        await clock.advance(Math.min(stepMs, left));
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    async restart(node = 'a') {
      await bench.schedules.stop();
      bench.schedules = build(node);
      await bench.pass(20);
    },
  };
  return bench;
}
