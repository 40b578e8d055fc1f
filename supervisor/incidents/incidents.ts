import { randomBytes } from 'node:crypto';
import { RoostError } from '../../contract/errors.js';
import type { ExitCause, Incident, IncidentStep, IncidentSummary, PoolView, ProcessView } from '../../contract/state.js';
import type { Clock } from '../../core/base/clock.js';
import { Emitter } from '../../core/base/emitter.js';
import type { Log } from '../../core/base/log.js';
import type { Redis } from '../../core/redis/connection.js';
import type { PoolEvent } from '../pool/warm-pool.js';
import type { LogTail } from '../process/types.js';
import { harmless, lastLines, successorOf } from './evidence.js';
import {
  abandoned,
  agentReplaced,
  type Disturbance,
  isAgent,
  isDisturbance,
  joined,
  opened,
  requeued,
  resolved,
  restarted,
  storyFor,
  summaryOf,
  withStep,
} from './incident.js';
import { type IncidentFile, newestFirst } from './incident-file.js';
import { type IncidentList, keptIncidents } from './incident-list.js';
import { hasDoneItsWork, parkedOf, scheduleKey, type World, works } from './works.js';

export interface IncidentsOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly file: Pick<IncidentFile, 'read' | 'append'>;
  readonly list: Pick<IncidentList, 'put' | 'read'>;
  /** Undefined while Redis does not serve. */
  redis(): Redis | undefined;
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
  readonly #changes = new Emitter<void>();
  readonly #recoveries = new Emitter<Recovered>();
  #items: readonly Incident[] = [];
  /** By open incident: monotonic and wall time since when everything it touched works again. */
  readonly #working = new Map<string, { readonly monoMs: number; readonly wallMs: number }>();
  #knownAgents = new Set<string>();
  #unsaved = new Set<string>();
  #saving: Promise<void> = Promise.resolve();
  #flushing = false;

  constructor(options: IncidentsOptions) {
    this.#options = options;
  }

  onChange(listener: () => void): () => void {
    return this.#changes.on(listener);
  }

  onRecovered(listener: (recovered: Recovered) => void): () => void {
    return this.#recoveries.on(listener);
  }

  /** Newest first. */
  summaries(limit: number): IncidentSummary[] {
    return this.#items.slice(0, limit).map(summaryOf);
  }

  get total(): number {
    return this.#items.length;
  }

  /** Whether one is not over yet. */
  get open(): boolean {
    return this.#opens().length > 0;
  }

  get(id: string): Incident {
    const found = this.#items.find((one) => one.id === id);
    if (found === undefined) throw new RoostError('not-found', `There is no incident ${id}; see the list of incidents.`, { field: 'id' });
    return found;
  }

  /** What earlier runs wrote down. */
  async load(): Promise<void> {
    const { clock, file } = this.#options;
    this.#items = (await file.read()).slice(0, keptIncidents).map((incident) => (incident.status === 'open' ? abandoned(incident, clock.wallMs()) : incident));
    this.#changes.emit();
  }

  /** To call once Redis serves: where the file is lost, its list still knows. */
  async recall(): Promise<void> {
    const redis = this.#options.redis();
    if (redis === undefined || this.#items.length > 0) return;
    const { clock, list, log } = this.#options;
    try {
      const found = await list.read(redis);
      const known = new Set(this.#items.map(({ id }) => id));
      const missing = found.filter(({ id }) => !known.has(id)).map((incident) => (incident.status === 'open' ? abandoned(incident, clock.wallMs()) : incident));
      this.#items = newestFirst([...this.#items, ...missing]).slice(0, keptIncidents);
      this.#changes.emit();
    } catch (error) {
      log.debug('the incidents in Redis could not be read', { error });
    }
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
    const open = this.#opens().find(({ processes }) => processes.includes(name));
    if (open === undefined || before === undefined) return;
    if (now.restarts > before.restarts) this.#set(restarted(open, atMs, name));
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
      const open = this.#opens().find(({ processes }) => processes.some(isAgent));
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
    const opens = this.#opens();
    const open = opens.find(({ processes }) => processes.some(holdsJobs)) ?? opens[0];
    if (open !== undefined && count + setAside > 0) this.#set(requeued(open, this.#options.clock.wallMs(), queue, count, setAside));
  }

  /** To call whenever something may have changed, and at least once a second. */
  look(world: World): void {
    this.#countReplacements(world.pool);
    this.#notePoison(world);
    if (!world.stopping) for (const open of this.#opens()) this.#judge(open, world);
    void this.#flush();
  }

  /** Resolves when what was told so far is on disk. */
  saved(): Promise<void> {
    return this.#saving;
  }

  /** Newest first. */
  #opens(): readonly Incident[] {
    return this.#items.filter(({ status }) => status === 'open');
  }

  /** A schedule that was parked is a story of its own, open until it is released; told once, also over restarts of Roost. */
  #notePoison(world: World): void {
    for (const { name, why, sinceMs } of parkedOf(world)) {
      const process = scheduleKey(name);
      const since = sinceMs ?? 0;
      if (this.#items.some(({ trigger, status, openedAtMs }) => trigger.process === process && (status === 'open' || openedAtMs >= since))) continue;
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
    const open = storyFor(this.#opens(), disturbance);
    if (open !== undefined) {
      this.#working.delete(open.id);
      this.#set(joined(open, disturbance));
      return;
    }
    this.#begin(disturbance, this.#options.jobsInHand(disturbance.process));
  }

  #begin(disturbance: Disturbance, jobsInHand: number): void {
    const id = `i-${disturbance.atMs.toString(36)}-${randomBytes(3).toString('hex')}`;
    const incident = opened(id, disturbance, jobsInHand);
    this.#items = [incident, ...this.#items].slice(0, keptIncidents);
    this.#changed(incident, true);
  }

  #resolve(open: Incident, workedAtMs: number): void {
    const incident = resolved(open, workedAtMs);
    this.#working.delete(open.id);
    this.#set(incident, true);
    this.#recoveries.emit({ incident, cause: incident.trigger.cause ?? 'crash', recoveryMs: incident.recoveryMs ?? 0 });
  }

  #step(id: string, step: IncidentStep): void {
    const open = this.#opens().find((one) => one.id === id);
    if (open !== undefined) this.#set(withStep(open, step));
  }

  #set(incident: Incident, toFile = false): void {
    this.#items = this.#items.map((one) => (one.id === incident.id ? incident : one));
    this.#changed(incident, toFile);
  }

  #changed(incident: Incident, toFile: boolean): void {
    const { file, log } = this.#options;
    this.#unsaved.add(incident.id);
    if (toFile)
      this.#saving = this.#saving.then(() => file.append(incident)).catch((error: unknown) => log.warn('an incident could not be written down', { error }));
    this.#changes.emit();
  }

  #countReplacements(pool: PoolView): void {
    const warm = pool.slots.filter(({ state }) => state === 'ready' || state === 'assigned' || state === 'busy').map(({ agentId }) => agentId);
    const fresh = warm.filter((name) => !this.#knownAgents.has(name));
    this.#knownAgents = new Set(warm);
    for (const name of fresh) {
      const open = this.#opens().find(({ agentsReplaced, timeline }) => agentsReplaced < timeline.filter(({ kind }) => kind === 'agent-died').length);
      if (open !== undefined) this.#set(agentReplaced(open, this.#options.clock.wallMs(), name));
    }
  }

  async #flush(): Promise<void> {
    const { redis: find, list, log } = this.#options;
    const redis = find();
    if (redis === undefined || this.#flushing || this.#unsaved.size === 0) return;
    this.#flushing = true;
    try {
      for (const id of [...this.#unsaved].reverse()) {
        this.#unsaved.delete(id);
        const incident = this.#items.find((one) => one.id === id);
        try {
          if (incident !== undefined) await list.put(redis, incident);
        } catch (error) {
          this.#unsaved.add(id);
          log.debug('an incident waits for Redis', { error });
          return;
        }
      }
    } finally {
      this.#flushing = false;
    }
  }

  #lines(process: string, sinceMs?: number, untilMs?: number): readonly string[] {
    return lastLines(this.#options.logFor(process), sinceMs, untilMs);
  }
}
