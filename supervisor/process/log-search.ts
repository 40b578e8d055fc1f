import { type FileHandle, open } from 'node:fs/promises';
import type { Clock } from '../../core/base/clock.js';
import type { LogLine } from './types.js';

export interface LogQuery {
  /** Part of the text, in any case. */
  readonly search?: string | undefined;
  /** Wall time, both ends included. */
  readonly sinceMs?: number | undefined;
  readonly untilMs?: number | undefined;
  /** The newest so many. */
  readonly limit: number;
}

export interface FoundLines {
  /** Oldest first. Lines of a file have no numbers of this run: they are counted backwards to -1. */
  readonly lines: readonly LogLine[];
  /** More was there than could be read in time. */
  readonly truncated: boolean;
}

export interface LogSearchBounds {
  readonly clock: Clock;
  readonly maxBytes?: number;
  readonly deadlineMs?: number;
  readonly chunkBytes?: number;
}

/** No log has more files than this. */
const mostFiles = 100;
const lineShape = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (out|err|roost) (.*)$/;

/** A line as `LogFile` wrote it; undefined for one that was torn by a crash. */
export function parseLogLine(text: string): Omit<LogLine, 'seq'> | undefined {
  const match = lineShape.exec(text);
  if (match === null) return undefined;
  return { atMs: Date.parse(match[1] ?? ''), stream: match[2] as LogLine['stream'], text: match[3] ?? '' };
}

/** Whether a line is asked for. */
export function matches({ search, sinceMs, untilMs }: Omit<LogQuery, 'limit'>, line: Pick<LogLine, 'atMs' | 'text'>): boolean {
  if (sinceMs !== undefined && line.atMs < sinceMs) return false;
  if (untilMs !== undefined && line.atMs > untilMs) return false;
  return search === undefined || line.text.toLowerCase().includes(search.toLowerCase());
}

/**
 * Reads the file of a log and the ones it was turned over to backwards, newest first, in pieces: the
 * event loop is held for one piece at a time, and memory for one piece and what was found. Never
 * rejects: a file that cannot be read is as good as none.
 */
export async function searchLog(path: string, query: LogQuery, bounds: LogSearchBounds): Promise<FoundLines> {
  const { clock, maxBytes = 128 * 1024 ** 2, deadlineMs = 3_000, chunkBytes = 256 * 1024 } = bounds;
  const end = clock.monoMs() + deadlineMs;
  const found: Omit<LogLine, 'seq'>[] = [];
  let readBytes = 0;
  let truncated = false;
  const handles = await openAll(path);
  try {
    search: for (const { handle, size } of handles) {
      let carry: Buffer = Buffer.alloc(0);
      for (let to = size; to > 0; ) {
        if (readBytes >= maxBytes || clock.monoMs() > end) {
          truncated = true;
          break search;
        }
        const from = Math.max(0, to - chunkBytes);
        const piece = Buffer.concat([await read(handle, from, to), carry]);
        readBytes += to - from;
        to = from;
        // The first line of the piece goes on in the piece before it.
        const cut = from === 0 ? 0 : piece.indexOf(0x0a) + 1;
        carry = from === 0 ? Buffer.alloc(0) : piece.subarray(0, cut === 0 ? piece.length : cut);
        if (from !== 0 && cut === 0) continue;
        if (take(piece.toString('utf8', cut), query, found)) break search;
      }
    }
  } catch {
    truncated = true;
  } finally {
    await Promise.all(handles.map(({ handle }) => handle.close().catch(() => undefined)));
  }
  const lines = found.reverse();
  return { lines: lines.map((line, index) => ({ seq: index - lines.length, ...line })), truncated };
}

/** Adds what is asked for, newest first; true when nothing older can be of interest. */
function take(text: string, query: LogQuery, found: Omit<LogLine, 'seq'>[]): boolean {
  const { search, sinceMs, limit } = query;
  const lines = text.split('\n');
  // One look at the whole piece: most pieces hold no match.
  const mayMatch = search === undefined || text.toLowerCase().includes(search.toLowerCase());
  for (let index = lines.length - 1; mayMatch && index >= 0; index--) {
    const line = parseLogLine(lines[index] ?? '');
    if (line === undefined || !matches(query, line)) continue;
    found.push(line);
    if (found.length >= limit) return true;
  }
  if (sinceMs === undefined) return false;
  // Times may go back where a clock was set: only a piece that is old at both ends ends the search.
  const first = lines.map(parseLogLine).find((line) => line !== undefined);
  const last = lines.findLast((line) => parseLogLine(line) !== undefined);
  return first !== undefined && last !== undefined && first.atMs < sinceMs && (parseLogLine(last)?.atMs ?? 0) < sinceMs;
}

/** All at once, so that a turn-over meanwhile neither hides a file nor shows it twice. */
async function openAll(path: string): Promise<{ readonly handle: FileHandle; readonly size: number }[]> {
  const found: { handle: FileHandle; size: number }[] = [];
  const seen = new Set<number>();
  for (let index = 0; index < mostFiles; index++) {
    try {
      const handle = await open(index === 0 ? path : `${path}.${index}`, 'r');
      const { ino, size, isFile } = await handle.stat().then((stat) => ({ ino: stat.ino, size: stat.size, isFile: stat.isFile() }));
      if (seen.has(ino) || !isFile) await handle.close();
      else found.push({ handle, size });
      seen.add(ino);
    } catch {
      // The first may be missing for a moment while it is turned over.
      if (index > 0) break;
    }
  }
  return found;
}

async function read(handle: FileHandle, from: number, to: number): Promise<Buffer> {
  const buffer = Buffer.alloc(to - from);
  let done = 0;
  while (done < buffer.length) {
    const { bytesRead } = await handle.read(buffer, done, buffer.length - done, from + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return buffer.subarray(0, done);
}
