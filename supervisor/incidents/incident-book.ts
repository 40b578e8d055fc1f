import { RoostError } from '../../contract/errors.js';
import type { Incident, IncidentSummary } from '../../contract/state.js';
import type { Clock } from '../../core/base/clock.js';
import { Emitter } from '../../core/base/emitter.js';
import type { Log } from '../../core/base/log.js';
import type { Redis } from '../../core/redis/connection.js';
import { abandoned, summaryOf } from './incident.js';
import { type IncidentFile, newestFirst } from './incident-file.js';
import { type IncidentList, keptIncidents } from './incident-list.js';

export interface IncidentBookOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly file: Pick<IncidentFile, 'read' | 'append'>;
  readonly list: Pick<IncidentList, 'put' | 'read'>;
  /** Undefined while Redis does not serve. */
  redis(): Redis | undefined;
}

/** All incidents, newest first, the oldest forgotten: in memory, in a file as they open and close, and in Redis as soon as it serves. */
export class IncidentBook {
  readonly #options: IncidentBookOptions;
  readonly #changes = new Emitter<void>();
  readonly #unsaved = new Set<string>();
  #items: readonly Incident[] = [];
  #saving: Promise<void> = Promise.resolve();
  #flushing = false;

  constructor(options: IncidentBookOptions) {
    this.#options = options;
  }

  onChange(listener: () => void): () => void {
    return this.#changes.on(listener);
  }

  get all(): readonly Incident[] {
    return this.#items;
  }

  get opens(): readonly Incident[] {
    return this.#items.filter(({ status }) => status === 'open');
  }

  summaries(limit: number): IncidentSummary[] {
    return this.#items.slice(0, limit).map(summaryOf);
  }

  /** Throws `not-found` for one that nobody knows. */
  get(id: string): Incident {
    const found = this.#items.find((one) => one.id === id);
    if (found === undefined) throw new RoostError('not-found', `There is no incident ${id}; see the list of incidents.`, { field: 'id' });
    return found;
  }

  /** What earlier runs wrote down. */
  async load(): Promise<void> {
    this.#items = (await this.#options.file.read()).slice(0, keptIncidents).map((incident) => this.#ofEarlierRun(incident));
    this.#changes.emit();
  }

  /** To call once Redis serves: where the file is lost, its list still knows. */
  async recall(): Promise<void> {
    const { redis: find, list, log } = this.#options;
    const redis = find();
    if (redis === undefined || this.#items.length > 0) return;
    try {
      const found = await list.read(redis);
      const known = new Set(this.#items.map(({ id }) => id));
      const missing = found.filter(({ id }) => !known.has(id)).map((incident) => this.#ofEarlierRun(incident));
      this.#items = newestFirst([...this.#items, ...missing]).slice(0, keptIncidents);
      this.#changes.emit();
    } catch (error) {
      log.debug('the incidents in Redis could not be read', { error });
    }
  }

  /** A new one; it is on disk once `saved` resolves. */
  add(incident: Incident): void {
    this.#items = [incident, ...this.#items].slice(0, keptIncidents);
    this.#changed(incident, true);
  }

  /** In the place of the one with its id. `toFile` where the step must not be lost with this run. */
  set(incident: Incident, toFile = false): void {
    this.#items = this.#items.map((one) => (one.id === incident.id ? incident : one));
    this.#changed(incident, toFile);
  }

  /** Resolves when what was told so far is on disk. */
  saved(): Promise<void> {
    return this.#saving;
  }

  /** Brings to Redis what it does not have yet; what it refuses waits for the next call. */
  async flush(): Promise<void> {
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

  #ofEarlierRun(incident: Incident): Incident {
    return incident.status === 'open' ? abandoned(incident, this.#options.clock.wallMs()) : incident;
  }

  #changed(incident: Incident, toFile: boolean): void {
    const { file, log } = this.#options;
    this.#unsaved.add(incident.id);
    if (toFile)
      this.#saving = this.#saving.then(() => file.append(incident)).catch((error: unknown) => log.warn('an incident could not be written down', { error }));
    this.#changes.emit();
  }
}
