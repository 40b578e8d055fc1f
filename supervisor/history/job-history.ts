import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeFileAtomic } from '../../core/base/atomic-file.js';
import type { Clock } from '../../core/base/clock.js';
import { Emitter } from '../../core/base/emitter.js';
import type { Log } from '../../core/base/log.js';
import { Scope } from '../../core/base/scope.js';
import { type Ended, endedField, maxBatch, maxEntries, parseBatch } from '../../core/jobs/ended.js';
import { call, type Redis } from '../../core/redis/connection.js';
import { HistoryFile, type HistoryPage } from './history-file.js';
import { isAfter, type Placed } from './history-line.js';
import type { HistoryQuery } from './line-reader.js';
import type { Limits } from './segments.js';
import { JobTallies } from './tallies.js';
import { type FinishedSource, untoldEnds } from './untold-ends.js';

const readEveryMs = 1_000;
/** After so many reads that brought nothing it rests: then only every third time it looks. */
const restAfter = 10;
const restFor = 3;
const saveEveryMs = 15_000;
const entriesAtOnce = 50;
const completeWithinMs = 5_000;

export interface JobHistoryOptions {
  readonly dataDir: string;
  readonly node: string;
  /** The stream of finished jobs. */
  readonly stream: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Undefined while Redis does not serve. */
  redis(): Redis | undefined;
  readonly limits?: Limits;
}

/**
 * Follows the stream of finished jobs of every worker on every node: counts them (each once, also across restarts,
 * because the place in the stream is saved together with the counts) and keeps a line of each on disk.
 */
export class JobHistory {
  readonly #options: JobHistoryOptions;
  readonly #scope: Scope;
  readonly #file: HistoryFile;
  readonly #path: string;
  readonly #ended = new Emitter<Ended>();
  #tallies = new JobTallies();
  #cursor = '0-0';
  #changed = false;
  #idleReads = 0;
  #reading: Promise<void> | undefined;

  constructor(options: JobHistoryOptions) {
    this.#options = options;
    this.#scope = new Scope(options.clock, (step, error) => options.log.debug('the history of jobs failed in a step', { step, error }));
    this.#file = new HistoryFile(options);
    this.#path = join(options.dataDir, 'history', 'totals.json');
  }

  get tallies(): JobTallies {
    return this.#tallies;
  }

  /** Each finished job once; turns of other nodes are theirs. */
  onEnded(listener: (job: Ended) => void): () => void {
    return this.#ended.on(listener);
  }

  async start(): Promise<void> {
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
    await this.#recall();
    await this.#file.open();
    this.#scope.every('read', readEveryMs, () => (this.#idleReads++ < restAfter || this.#idleReads % restFor === 0 ? this.read() : undefined));
    this.#scope.every('save', saveEveryMs, () => this.save());
  }

  async stop(): Promise<void> {
    await this.#scope.close();
    await this.read().catch(() => undefined);
    await this.save().catch((error: unknown) => this.#options.log.warn('the totals of jobs could not be saved', { error }));
  }

  query(query: HistoryQuery): Promise<HistoryPage> {
    return this.#file.query(query);
  }

  oldestMs(): Promise<number | null> {
    return this.#file.oldestMs();
  }

  /** One that never reached a worker: cancelled while it waited, or set aside. Every node reads it like the others. */
  async tell(redis: Redis, job: Ended): Promise<void> {
    const { clock, stream } = this.#options;
    await call(clock, redis.xadd(stream, 'MAXLEN', '~', maxEntries, '*', endedField, JSON.stringify([job])));
  }

  /** What dead workers of this node finished and could not tell of is told for them. */
  async completeFor(redis: Redis, sources: readonly FinishedSource[], isDead: (worker: string, queue: string) => boolean): Promise<void> {
    const { clock, stream, node, log } = this.#options;
    const found = await call(clock, untoldEnds({ redis, stream, node, sources, isDead }), completeWithinMs);
    for (let at = 0; at < found.length; at += maxBatch)
      await call(clock, redis.xadd(stream, 'MAXLEN', '~', maxEntries, '*', endedField, JSON.stringify(found.slice(at, at + maxBatch))));
    if (found.length > 0) log.info('ends a dead worker had no time to tell of are in the history', { jobs: found.length });
  }

  /** All that is new in the stream; joins a reading under way. */
  read(): Promise<void> {
    this.#reading ??= this.#readAll().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async save(): Promise<void> {
    this.#tallies.tidy(this.#options.clock.wallMs());
    if (!this.#changed) return;
    this.#changed = false;
    const text = JSON.stringify({ version: 1, cursor: this.#cursor, tallies: this.#tallies });
    await writeFileAtomic({ path: this.#path, text }).catch((error: unknown) => {
      this.#changed = true;
      throw error;
    });
  }

  async #readAll(): Promise<void> {
    const { clock, stream, node } = this.#options;
    for (;;) {
      const redis = this.#options.redis();
      if (redis === undefined || redis.status !== 'ready') return;
      const entries = await call(clock, redis.xrange(stream, `(${this.#cursor}`, '+', 'COUNT', entriesAtOnce));
      const nowMs = clock.wallMs();
      const placed: Placed[] = [];
      let last = this.#cursor;
      for (const [entry, fields] of entries) {
        const text = fields[fields.indexOf(endedField) + 1] ?? '';
        for (const [index, job] of parseBatch(text).entries()) if (job.q !== 'turns' || job.d === node) placed.push({ entry, index, job });
        if (isAfter(entry, last)) last = entry;
      }
      // Written before it is counted: after a failure the same entries come again, and the file knows its last one.
      await this.#file.append(placed).catch((error: unknown) => this.#options.log.warn('finished jobs could not be written to the history', { error }));
      for (const { job } of placed) {
        this.#tallies.add(job, nowMs);
        this.#ended.emit(job);
      }
      this.#cursor = last;
      if (entries.length > 0) {
        this.#changed = true;
        this.#idleReads = 0;
      }
      if (entries.length < entriesAtOnce) return;
    }
  }

  async #recall(): Promise<void> {
    try {
      const saved = JSON.parse(await readFile(this.#path, 'utf8')) as { cursor?: unknown; tallies?: unknown };
      if (typeof saved.cursor === 'string' && /^\d+-\d+$/.test(saved.cursor)) {
        this.#cursor = saved.cursor;
        this.#tallies = JobTallies.from(saved.tallies);
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#options.log.warn('the totals of jobs could not be read and begin anew', { error });
    }
  }
}
