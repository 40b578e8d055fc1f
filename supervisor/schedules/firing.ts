import { randomBytes } from 'node:crypto';
import { RoostError } from '../../contract/errors.js';
import type { RunKind, RunOutcome, RunView } from '../../contract/schedules.js';
import type { Clock } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';
import type { ScheduleMetrics } from '../metrics/schedule-metrics.js';
import type { ScheduleEntry } from './entry.js';
import type { JobLook, ScheduleJobs } from './jobs.js';
import type { LedgerPatch, PlannedRun } from './ledger.js';
import type { Ledgers } from './ledger-store.js';

/** As many processes a scheduled job may take down before its schedule is parked. One death may be chance. */
const deathsToPark = 2;

/** This node is no longer the one that fires the schedule. */
export class LostLease extends Error {}

export interface FiringOptions {
  readonly store: Ledgers;
  readonly jobs: ScheduleJobs;
  readonly node: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: ScheduleMetrics;
  /** Tells a person that a schedule was set aside. */
  parked(name: string, why: string): void;
}

const startOfReplaced = 'Asked to stop for a newer run';

/** The acts: a decided run becomes a job exactly once, and its end is seen. */
export class Firing {
  readonly #options: FiringOptions;

  constructor(options: FiringOptions) {
    this.#options = options;
  }

  /** Remembered by Redis first, then here. Throws `LostLease` when another node has taken over. */
  async save(entry: ScheduleEntry, patch: LedgerPatch, runs: readonly RunView[] = []): Promise<void> {
    const { store, node } = this.#options;
    if (!(await store.write(entry.name, patch, runs, node))) {
      entry.owner = undefined;
      throw new LostLease(`another node fires ${entry.name}`);
    }
    entry.ledger = { ...entry.ledger, ...patch } as ScheduleEntry['ledger'];
    for (const run of runs) entry.put(run);
  }

  /** The intent is written before the job is added, and the job's id follows from the run: a crash at any point neither loses nor doubles it. */
  async fire(entry: ScheduleEntry, planned: PlannedRun, patch: LedgerPatch, runs: readonly RunView[] = []): Promise<void> {
    await this.save(entry, { ...patch, pending: planned }, runs);
    await this.complete(entry, planned);
  }

  async complete(entry: ScheduleEntry, planned: PlannedRun): Promise<void> {
    const { jobs, metrics } = this.#options;
    if (entry.checked === undefined) return;
    const { queue } = entry.checked;
    const jobId = jobIdOf(entry.name, planned.id);
    try {
      await jobs.add(queue, entry.config.handler, entry.config.data, jobId);
    } catch (error) {
      // Refused for good: the same again would be refused again.
      if (!(error instanceof RoostError) || error.code === 'redis-unavailable' || error.code === 'disk-full' || error.code === 'redis-failed') throw error;
      await this.save(entry, { pending: undefined }, [this.run(entry, planned, 'failed', { note: error.message, endedAtMs: this.#options.clock.wallMs() })]);
      return;
    }
    await this.save(entry, { pending: undefined }, [this.run(entry, planned, 'waiting', { jobId })]);
    metrics.fired(entry.name, planned.kind);
  }

  /** Beside the rule: needs no lease, and its data are its own. */
  async byHand(entry: ScheduleEntry, data: Readonly<Record<string, unknown>> | undefined): Promise<RunView> {
    const { jobs, store, clock, metrics } = this.#options;
    if (entry.checked === undefined) throw new RoostError('bad-request', `${entry.name} cannot run as it is: ${entry.fault ?? ''}`, { field: 'name' });
    const atMs = clock.wallMs();
    const planned: PlannedRun = { id: `hand-${atMs}-${randomBytes(3).toString('hex')}`, kind: 'by-hand', dueMs: null, notBeforeMs: atMs };
    const jobId = jobIdOf(entry.name, planned.id);
    await jobs.add(entry.checked.queue, entry.config.handler, data ?? entry.config.data, jobId);
    const run = this.run(entry, planned, 'waiting', { jobId, ...(data === undefined ? {} : { data: { ...data } }) });
    await store.write(entry.name, {}, [run]);
    entry.put(run);
    metrics.fired(entry.name, 'by-hand');
    return run;
  }

  /** Looks how the open runs are doing. A job that kills what runs it parks the schedule. */
  async watch(entry: ScheduleEntry): Promise<void> {
    const { store, jobs } = this.#options;
    for (const run of entry.open) {
      const found = run.jobId === null ? undefined : await jobs.look(run.queue, run.jobId);
      const next = lookedAt(run, found, this.#options.clock.wallMs());
      const deaths = deathsInARow(next, entry.runs);
      if (deaths >= deathsToPark && entry.ledger.parked === undefined) await this.#park(entry, next, deaths);
      else if (next !== run) {
        await store.write(entry.name, {}, [next]);
        entry.put(next);
      }
    }
  }

  /** The newest run stands in for the ones before it: what waits goes, what runs is asked to stop. */
  async replace(entry: ScheduleEntry): Promise<void> {
    const { jobs, clock } = this.#options;
    for (const run of entry.open) {
      if (run.jobId === null || run.note?.startsWith(startOfReplaced) === true) continue;
      const gone = await jobs.withdraw(run.queue, run.jobId);
      await this.save(entry, {}, [
        gone ? { ...run, outcome: 'replaced', endedAtMs: clock.wallMs(), note: 'A newer run took its place.' } : { ...run, note: `${startOfReplaced}.` },
      ]);
    }
  }

  run(entry: ScheduleEntry, planned: Pick<PlannedRun, 'id' | 'kind' | 'dueMs'>, outcome: RunOutcome, more: Partial<RunView> = {}): RunView {
    const atMs = this.#options.clock.wallMs();
    const { id, kind, dueMs } = planned;
    return { id, kind, dueMs, atMs, outcome, queue: entry.checked?.queue ?? '', jobId: null, startedAtMs: null, endedAtMs: null, note: null, ...more };
  }

  async #park(entry: ScheduleEntry, run: RunView, deaths: number): Promise<void> {
    const { store, jobs, clock, metrics, parked, log } = this.#options;
    if (run.jobId !== null && run.endedAtMs === null) await jobs.withdraw(run.queue, run.jobId);
    const why = `It took down the process that ran it ${deaths} times, last by the job ${run.jobId ?? run.id}. Nothing of it runs until a person releases it: roost schedules resume ${entry.name}.`;
    const mark = { atMs: clock.wallMs(), why };
    const ended: RunView = {
      ...run,
      outcome: 'failed',
      endedAtMs: run.endedAtMs ?? clock.wallMs(),
      note: `poison: ${deaths} processes died while they ran it`,
    };
    await store.write(entry.name, { parked: mark, line: [] }, [ended]);
    entry.ledger = { ...entry.ledger, parked: mark, line: [] };
    entry.put(ended);
    metrics.parked(entry.name);
    log.warn('a schedule is parked', { schedule: entry.name, job: run.jobId });
    parked(entry.name, why);
  }
}

/** No colon: the queue library keeps it for itself. */
export const jobIdOf = (schedule: string, runId: string): string => `schedule.${schedule}.${runId}`;

export const runIdOf = (dueMs: number, era: number): string => (era === 0 ? String(dueMs) : `${dueMs}.${era}`);

export const plannedAt = (kind: RunKind, dueMs: number, era: number, notBeforeMs: number): PlannedRun => ({
  id: runIdOf(dueMs, era),
  kind,
  dueMs,
  notBeforeMs,
});

/** Of this run and of those right before it, back to one that killed nothing: a job that is tried once may kill in each of its runs. */
function deathsInARow(run: RunView, runs: readonly RunView[]): number {
  let sum = run.deaths ?? 0;
  if (sum === 0) return 0;
  for (const earlier of runs) {
    if (earlier.id === run.id || earlier.jobId === null || earlier.atMs > run.atMs) continue;
    if (earlier.deaths === undefined) break;
    sum += earlier.deaths;
  }
  return sum;
}

function lookedAt(run: RunView, found: JobLook | undefined, nowMs: number): RunView {
  const asked = run.note?.startsWith(startOfReplaced) === true;
  if (found === undefined)
    return {
      ...run,
      outcome: asked ? 'replaced' : 'removed',
      endedAtMs: nowMs,
      note: asked ? 'A newer run took its place.' : 'Its job is gone from the queue.',
    };
  if (found.state === run.outcome && found.startedAtMs === run.startedAtMs && found.deaths === (run.deaths ?? 0)) return run;
  const base = { ...run, startedAtMs: found.startedAtMs, ...(found.deaths === 0 ? {} : { deaths: found.deaths }) };
  if (found.state === 'waiting' || found.state === 'running') return { ...base, outcome: found.state };
  if (found.state === 'failed' && asked) return { ...base, outcome: 'replaced', endedAtMs: found.endedAtMs, note: 'A newer run took its place.' };
  return { ...base, outcome: found.state, endedAtMs: found.endedAtMs, note: found.state === 'failed' ? found.error : null };
}
