import { stat } from 'node:fs/promises';
import { RoostError } from '../../contract/errors.js';
import type { JobOutcome } from '../../contract/job-views.js';
import { type Line, parseLine } from './history-line.js';
import { type Kind, linesBackwards, type Segment, segmentsOf } from './segments.js';

export interface HistoryQuery {
  readonly queue?: string | undefined;
  readonly name?: string | undefined;
  readonly outcome?: JobOutcome | undefined;
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** Lines come in the order they were told, which differs from that of their times by little. */
const lateMs = 10 * 60_000;

/** Where a reading goes on, by kind: in this file, before this byte. */
type Places = Partial<Record<Kind, { readonly file: string; readonly before: number }>>;

export function cursorOf(text: string | undefined): Places {
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
export class LineReader {
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
