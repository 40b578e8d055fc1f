import { randomBytes } from 'node:crypto';
import type { ExitCause, Incident, IncidentStep, IncidentSummary, PoolView, ProcessView } from '../../contract/state.js';
import { Emitter } from '../../core/base/emitter.js';
import type { PoolEvent } from '../pool/warm-pool.js';
import type { LogTail } from '../process/types.js';
import { harmless, lastLines, successorOf } from './evidence.js';
import { agentReplaced, type Disturbance, isAgent, isDisturbance, joined, opened, requeued, resolved, restarted, storyFor, withStep } from './incident.js';
import { IncidentBook, type IncidentBookOptions } from './incident-book.js';
import { hasDoneItsWork, parkedOf, scheduleKey, type World, works } from './works.js';

export interface IncidentsOptions extends IncidentBookOptions {
  readonly logFor: (process: string) => LogTail;
  /** Jobs in the hands of this process, or of all workers when it is Redis. */
  jobsInHand(process: string): number;
  readonly settleMs?: number;
}

export interface Recovered {
  readonly incident: Incident;
  readonly cause: ExitCause;
  readonly recoveryMs: number;
}

/** It has to stay well this long before the story counts as over; the time is not part of the recovery. */
const usualSettleMs = 5_000;
const holdsJobs = (name: string): boolean => name === 'redis' || name === 'roost' || name.startsWith('worker');

/** One record per disturbance: what happened, what Roost did, what it touched, how long it took. What belongs together is one story (`storyFor`). */
export class Incidents {
  readonly #options: IncidentsOptions;
  readonly #book: IncidentBook;
  readonly #recoveries = new Emitter<Recovered>();
  /** By open incident: monotonic and wall time since when everything it touched works again. */
  readonly #working = new Map<string, { readonly monoMs: number; readonly wallMs: number }>();
  #knownAgents = new Set<string>();

  constructor(options: IncidentsOptions) {
    this.#options = options;
    this.#book = new IncidentBook(options);
  }

  onChange(listener: () => void): () => void {
    return this.#book.onChange(listener);
  }

  onRecovered(listener: (recovered: Recovered) => void): () => void {
    return this.#recoveries.on(listener);
  }

  /** Newest first. */
  summaries(limit: number): IncidentSummary[] {
    return this.#book.summaries(limit);
  }

  get total(): number {
    return this.#book.all.length;
  }

  /** Whether one is not over yet. */
  get open(): boolean {
    return this.#book.opens.length > 0;
  }

  /** Throws `not-found` for one that nobody knows. */
  get(id: string): Incident {
    return this.#book.get(id);
  }

  /** What earlier runs wrote down. */
  load(): Promise<void> {
    return this.#book.load();
  }

  /** To call once Redis serves: where the file is lost, its list still knows. */
  recall(): Promise<void> {
    return this.#book.recall();
  }

  /** One process as it was and as it is now. */
  seen(before: ProcessView | undefined, now: ProcessView): void {
    const { lastExit, name, state } = now;
    const atMs = this.#options.clock.wallMs();
    if (lastExit !== null && lastExit.atMs !== before?.lastExit?.atMs && isDisturbance(lastExit) && !hasDoneItsWork(now)) {
      const kind = lastExit.cause === 'stalled' || lastExit.cause === 'unresponsive' ? 'stalled' : 'down';
      this.#disturb({
        atMs: lastExit.detectedAtMs ?? lastExit.atMs,
        lastSignAtMs: lastExit.lastSignAtMs ?? lastExit.detectedAtMs ?? lastExit.atMs,
        process: name,
        exit: lastExit,
        message: harmless(lastExit.message),
        lines: this.#lines(name, lastExit.life?.startedAtMs, successorOf(now)),
        kind,
      });
    }
    const open = this.#book.opens.find(({ processes }) => processes.includes(name));
    if (open === undefined || before === undefined) return;
    if (now.restarts > before.restarts) this.#book.set(restarted(open, atMs, name));
    // One that came back within a moment was never seen down.
    if (state === before.state && (state !== 'running' || now.incarnation === before.incarnation)) return;
    if (state === 'running') this.#step(open.id, { atMs, kind: 'up', process: name, message: `${name} is ready again.` });
    else if (state === 'quarantined' || state === 'failed') this.#step(open.id, { atMs, kind: 'given-up', process: name, message: harmless(now.detail) });
  }

  poolEvent(event: PoolEvent): void {
    const atMs = this.#options.clock.wallMs();
    const message = harmless(event.message);
    if (event.kind === 'agent-died')
      this.#disturb({
        atMs,
        process: event.agentId,
        exit: null,
        ...(event.lastSignAtMs === undefined ? {} : { lastSignAtMs: event.lastSignAtMs }),
        message: `${event.agentId} died: ${message}`,
        lines: this.#lines(event.agentId),
        kind: 'agent-died',
      });
    else if (event.kind === 'suspended') this.#disturb({ atMs, process: 'pool', exit: null, message, lines: [], kind: 'given-up' });
    else {
      const open = this.#book.opens.find(({ processes }) => processes.some(isAgent));
      if (open !== undefined) this.#step(open.id, { atMs, kind: 'note', process: event.kind === 'start-failed' ? event.agentId : 'pool', message });
    }
  }

  /** To call once, early in the start after a run of Roost that nobody ended. */
  ownDeath({ aliveAtMs, message, lines }: { readonly aliveAtMs: number; readonly message: string; readonly lines: readonly string[] }): void {
    this.#disturb({
      atMs: this.#options.clock.wallMs(),
      lastSignAtMs: aliveAtMs,
      process: 'roost',
      exit: null,
      message,
      lines: lines.map(harmless),
      kind: 'down',
    });
  }

  /** Jobs of a dead worker that are back in line, or set aside as poison. Outside of an incident it is routine. */
  requeued(queue: string, count: number, setAside: number): void {
    const opens = this.#book.opens;
    const open = opens.find(({ processes }) => processes.some(holdsJobs)) ?? opens[0];
    if (open !== undefined && count + setAside > 0) this.#book.set(requeued(open, this.#options.clock.wallMs(), queue, count, setAside));
  }

  /** To call whenever something may have changed, and at least once a second. */
  look(world: World): void {
    this.#countReplacements(world.pool);
    this.#notePoison(world);
    if (!world.stopping) for (const open of this.#book.opens) this.#judge(open, world);
    void this.#book.flush();
  }

  /** Resolves when what was told so far is on disk. */
  saved(): Promise<void> {
    return this.#book.saved();
  }

  /** A schedule that was parked is a story of its own, open until it is released; told once, also over restarts of Roost. */
  #notePoison(world: World): void {
    for (const { name, why, sinceMs } of parkedOf(world)) {
      const process = scheduleKey(name);
      const since = sinceMs ?? 0;
      if (this.#book.all.some(({ trigger, status, openedAtMs }) => trigger.process === process && (status === 'open' || openedAtMs >= since))) continue;
      const atMs = this.#options.clock.wallMs();
      this.#begin({ atMs, process, exit: null, message: harmless(why ?? 'It is parked.'), lines: [], kind: 'given-up' }, 0);
    }
  }

  #judge(open: Incident, world: World): void {
    const { clock, settleMs = usualSettleMs } = this.#options;
    if (!works(open, world)) return void this.#working.delete(open.id);
    const since = this.#working.get(open.id) ?? { monoMs: clock.monoMs(), wallMs: clock.wallMs() };
    this.#working.set(open.id, since);
    if (clock.monoMs() - since.monoMs >= settleMs) this.#resolve(open, since.wallMs);
  }

  #disturb(disturbance: Disturbance): void {
    const open = storyFor(this.#book.opens, disturbance);
    if (open !== undefined) {
      this.#working.delete(open.id);
      this.#book.set(joined(open, disturbance));
      return;
    }
    this.#begin(disturbance, this.#options.jobsInHand(disturbance.process));
  }

  #begin(disturbance: Disturbance, jobsInHand: number): void {
    const id = `i-${disturbance.atMs.toString(36)}-${randomBytes(3).toString('hex')}`;
    this.#book.add(opened(id, disturbance, jobsInHand));
  }

  #resolve(open: Incident, workedAtMs: number): void {
    const incident = resolved(open, workedAtMs);
    this.#working.delete(open.id);
    this.#book.set(incident, true);
    this.#recoveries.emit({ incident, cause: incident.trigger.cause ?? 'crash', recoveryMs: incident.recoveryMs ?? 0 });
  }

  #step(id: string, step: IncidentStep): void {
    const open = this.#book.opens.find((one) => one.id === id);
    if (open !== undefined) this.#book.set(withStep(open, step));
  }

  #countReplacements(pool: PoolView): void {
    const warm = pool.slots.filter(({ state }) => state === 'ready' || state === 'assigned' || state === 'busy').map(({ agentId }) => agentId);
    const fresh = warm.filter((name) => !this.#knownAgents.has(name));
    this.#knownAgents = new Set(warm);
    for (const name of fresh) {
      const open = this.#book.opens.find(({ agentsReplaced, timeline }) => agentsReplaced < timeline.filter(({ kind }) => kind === 'agent-died').length);
      if (open !== undefined) this.#book.set(agentReplaced(open, this.#options.clock.wallMs(), name));
    }
  }

  #lines(process: string, sinceMs?: number, untilMs?: number): readonly string[] {
    return lastLines(this.#options.logFor(process), sinceMs, untilMs);
  }
}
