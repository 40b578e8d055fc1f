import { join } from 'node:path';
import type { JobRecord } from '../../contract/job-views.js';
import type { Clock } from '../../core/base/clock.js';
import { isAfter, type Placed, parseLine, recordOf } from './history-line.js';
import { cursorOf, type HistoryQuery, LineReader } from './line-reader.js';
import { type Kind, kinds, type Limits, SegmentWriter, segmentsOf } from './segments.js';

export const defaultLimits: Limits = {
  maxFileBytes: 8 * 1024 ** 2,
  maxBytes: { done: 192 * 1024 ** 2, failed: 64 * 1024 ** 2 },
  keepMs: 7 * 86_400_000,
};

export interface HistoryPage {
  readonly records: JobRecord[];
  readonly next: string | null;
}

/** One answer reads for so long; then it hands back where to go on. */
const readForMs = 60;
/** Every finished job of seven days as one line of JSON in files of bounded size under the data directory. */
export class HistoryFile {
  readonly #directory: string;
  readonly #clock: Clock;
  readonly #writers: Readonly<Record<Kind, SegmentWriter>>;
  readonly #last: Partial<Record<Kind, Pick<Placed, 'entry' | 'index'>>> = {};

  constructor(options: { readonly dataDir: string; readonly clock: Clock; readonly limits?: Limits }) {
    this.#directory = join(options.dataDir, 'history');
    this.#clock = options.clock;
    const limits = options.limits ?? defaultLimits;
    this.#writers = { done: new SegmentWriter(this.#directory, 'done', limits), failed: new SegmentWriter(this.#directory, 'failed', limits) };
  }

  /** To call once before the first append: what an earlier run wrote is not written again. */
  async open(): Promise<void> {
    for (const kind of kinds) {
      const line = parseLine(await this.#writers[kind].lastLine().catch(() => undefined));
      if (line !== undefined) this.#last[kind] = { entry: line.s, index: line.j };
    }
  }

  async append(records: readonly Placed[]): Promise<void> {
    for (const kind of kinds) {
      const last = this.#last[kind];
      const fresh = records.filter(
        ({ entry, index, job }) =>
          (job.o === 'completed') === (kind === 'done') && (last === undefined || isAfter(entry, last.entry) || (entry === last.entry && index > last.index)),
      );
      await this.#writers[kind].append(
        fresh.map(({ entry, index, job }) => JSON.stringify({ s: entry, j: index, ...job })),
        this.#clock.wallMs(),
      );
      const newest = fresh.at(-1);
      if (newest !== undefined) this.#last[kind] = { entry: newest.entry, index: newest.index };
    }
  }

  /** How far back the files reach; null when there are none. */
  async oldestMs(): Promise<number | null> {
    const firsts = (await Promise.all(kinds.map((kind) => segmentsOf(this.#directory, kind)))).flatMap((files) => files.slice(0, 1));
    return firsts.length === 0 ? null : Math.min(...firsts.map(({ startMs }) => startMs));
  }

  /** The newest first. Never holds the event loop for longer than one block of 128 KB takes. */
  async query(query: HistoryQuery): Promise<HistoryPage> {
    const start = cursorOf(query.cursor);
    const wanted = query.outcome === undefined ? kinds : query.outcome === 'completed' ? (['done'] as const) : (['failed'] as const);
    const endMs = this.#clock.monoMs() + readForMs;
    const readers = wanted.map((kind) => new LineReader(this.#directory, kind, query, start[kind], () => this.#clock.monoMs() < endMs));
    const records: JobRecord[] = [];
    try {
      while (records.length < query.limit) {
        for (const reader of readers) await reader.fill();
        if (readers.some((reader) => reader.tired)) break;
        const newest = readers.reduce<LineReader | undefined>((best, one) => ((one.head?.t ?? -1) > (best?.head?.t ?? -1) ? one : best), undefined);
        if (newest?.head === undefined) break;
        records.push(recordOf(newest.head));
        newest.taken();
      }
      // So that the last page knows that it is the last.
      for (const reader of readers) await reader.fill();
      const more = readers.some((reader) => reader.head !== undefined || reader.tired);
      return { records, next: more ? readers.map((reader) => reader.place).join('.') : null };
    } finally {
      for (const reader of readers) await reader.close();
    }
  }
}
