import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { RoostError } from '../../contract/errors.js';
import type { JobOutcome, JobRecord } from '../../contract/job-views.js';
import type { Clock } from '../../core/base/clock.js';
import { type Ended, endedSchema } from '../../core/jobs/ended.js';
import { type Kind, kinds, type Limits, linesBackwards, type Segment, SegmentWriter, segmentsOf } from './segments.js';

export const defaultLimits: Limits = {
  maxFileBytes: 8 * 1024 ** 2,
  maxBytes: { done: 192 * 1024 ** 2, failed: 64 * 1024 ** 2 },
  keepMs: 7 * 86_400_000,
};

/** One record with its place in the stream: entry, and number in the entry. */
export interface Placed {
  readonly entry: string;
  readonly index: number;
  readonly job: Ended;
}

const lineSchema = endedSchema.extend({ s: z.string(), j: z.number().int() });
type Line = z.infer<typeof lineSchema>;

export interface HistoryQuery {
  readonly queue?: string | undefined;
  readonly name?: string | undefined;
  readonly outcome?: JobOutcome | undefined;
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface HistoryPage {
  readonly records: JobRecord[];
  readonly next: string | null;
}

/** One answer reads for so long; then it hands back where to go on. */
const readForMs = 60;
/** Lines come in the order they were told, which differs from that of their times by little. */
const lateMs = 10 * 60_000;

/** Order of two stream entries: `ms-seq`. */
export function isAfter(entry: string, other: string): boolean {
  const [ms = 0, seq = 0] = entry.split('-').map(Number);
  const [otherMs = 0, otherSeq = 0] = other.split('-').map(Number);
  return ms > otherMs || (ms === otherMs && seq > otherSeq);
}

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
    const readers = wanted.map((kind) => new Reader(this.#directory, kind, query, start[kind], () => this.#clock.monoMs() < endMs));
    const records: JobRecord[] = [];
    try {
      while (records.length < query.limit) {
        for (const reader of readers) await reader.fill();
        if (readers.some((reader) => reader.tired)) break;
        const newest = readers.reduce<Reader | undefined>((best, one) => ((one.head?.t ?? -1) > (best?.head?.t ?? -1) ? one : best), undefined);
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

type Places = Partial<Record<Kind, { readonly file: string; readonly before: number }>>;

function cursorOf(text: string | undefined): Places {
  if (text === undefined) return {};
  const places: Places = {};
  for (const part of text.split('.')) {
    const found = /^(done|failed):(\d{13}|-):(\d{1,15})$/.exec(part);
    if (found === null) throw new RoostError('bad-request', 'cursor must be the `next` of an earlier answer', { field: 'cursor' });
    places[found[1] as Kind] = { file: found[2] === '-' ? '' : `${found[1]}-${found[2]}.jsonl`, before: Number(found[3]) };
  }
  return places;
}

/** Lines of one kind that fit a query, from the newest on. */
class Reader {
  readonly #kind: Kind;
  readonly #query: HistoryQuery;
  readonly #lines: AsyncGenerator<{ readonly line: string; readonly at: number; readonly file: Segment }>;
  readonly #goOn: () => boolean;
  head: Line | undefined;
  /** Ran out of time before it found the next one. */
  tired = false;
  #over = false;
  /** Where to go on: in this file, before this byte; the byte 0 of no file is the end of everything. */
  #file = '';
  #before = 0;
  #headAt = 0;
  #headFile = '';

  constructor(directory: string, kind: Kind, query: HistoryQuery, from: Places[Kind], goOn: () => boolean) {
    this.#kind = kind;
    this.#query = query;
    this.#goOn = goOn;
    this.#file = from?.file ?? '';
    this.#before = from?.before ?? 0;
    this.#over = from !== undefined && from.file === '';
    this.#lines = read(directory, kind, query, from);
  }

  get place(): string {
    return `${this.#kind}:${/\d{13}/.exec(this.#file)?.[0] ?? '-'}:${this.#before}`;
  }

  /** Looks for the next line that fits, unless there is one already. */
  async fill(): Promise<void> {
    while (this.head === undefined && !this.#over && !this.tired) {
      const next = await this.#lines.next();
      if (next.done === true) {
        this.#over = true;
        this.#file = '';
        this.#before = 0;
        return;
      }
      const { line, at, file } = next.value;
      const parsed = this.#fits(line);
      if (parsed === undefined) {
        this.#file = file.name;
        this.#before = at;
        this.tired = !this.#goOn();
      } else {
        this.head = parsed;
        this.#headFile = file.name;
        this.#headAt = at;
        // Until it is taken the place is behind it.
        if (this.#file !== file.name) {
          this.#file = file.name;
          this.#before = at + Buffer.byteLength(line);
        }
      }
    }
  }

  taken(): void {
    this.head = undefined;
    this.#file = this.#headFile;
    this.#before = this.#headAt;
  }

  async close(): Promise<void> {
    await this.#lines.return(undefined);
  }

  #fits(text: string): Line | undefined {
    const { queue, name, outcome, fromMs = 0, toMs = Number.POSITIVE_INFINITY } = this.#query;
    // Most lines of a search are told by their text, without reading them.
    if (queue !== undefined && !text.includes(JSON.stringify(queue))) return undefined;
    if (name !== undefined && !text.includes(JSON.stringify(name))) return undefined;
    const line = parseLine(text);
    if (line === undefined || line.t < fromMs || line.t > toMs) return undefined;
    if ((queue !== undefined && line.q !== queue) || (name !== undefined && line.n !== name) || (outcome !== undefined && line.o !== outcome)) return undefined;
    return line;
  }
}

async function* read(directory: string, kind: Kind, { fromMs = 0, toMs = Number.POSITIVE_INFINITY }: HistoryQuery, from: Places[Kind]) {
  const files = await segmentsOf(directory, kind);
  for (let at = files.length - 1; at >= 0; at--) {
    const file = files[at];
    if (file === undefined || (from !== undefined && file.name > from.file)) continue;
    // A file ends where the next one begins.
    if ((files[at + 1]?.startMs ?? Number.POSITIVE_INFINITY) < fromMs - lateMs) return;
    if (file.startMs > toMs + lateMs) continue;
    const end = from !== undefined && from.file === file.name ? from.before : (await stat(file.path).catch(() => ({ size: 0 }))).size;
    for await (const { line, at: begins } of linesBackwards(file.path, end)) yield { line, at: begins, file };
  }
}

function parseLine(text: string | undefined): Line | undefined {
  if (text === undefined) return undefined;
  try {
    const parsed = lineSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

const recordOf = (line: Line): JobRecord => ({
  id: line.i,
  queue: line.q,
  name: line.n,
  outcome: line.o,
  endedAtMs: line.t,
  waitMs: line.w ?? null,
  runMs: line.r ?? null,
  attempts: line.a,
  worker: line.k ?? null,
  node: line.d,
  errorCode: line.c ?? null,
  error: line.e ?? null,
});
