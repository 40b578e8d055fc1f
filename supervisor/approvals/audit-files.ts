import { type FileHandle, open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../../core/base/atomic-file.js';
import { genesis, type Link } from './audit-entry.js';

export const currentName = 'audit.jsonl';
const anchorName = 'audit.head';
const segment = /^audit-(\d{12})\.jsonl$/;
const chunkBytes = 64 * 1024;

const linkSchema = z.object({ seq: z.number().int().min(0), hash: z.string().regex(/^[0-9a-f]{64}$/) });
const anchorSchema = z.object({ head: linkSchema, base: linkSchema });

/** What must be there: the chain ends at `head` or later, and begins right after `base`. */
export type Anchor = z.infer<typeof anchorSchema>;

export const anchorPath = (dir: string): string => join(dir, anchorName);

/** Undefined when there is none or nobody can read it. */
export async function readAnchor(dir: string): Promise<Anchor | undefined> {
  try {
    return anchorSchema.parse(JSON.parse(await readFile(anchorPath(dir), 'utf8')));
  } catch {
    return undefined;
  }
}

export const firstAnchor: Anchor = { head: genesis, base: genesis };

export const writeAnchor = (dir: string, anchor: Anchor): Promise<void> => writeFileAtomic({ path: anchorPath(dir), text: `${JSON.stringify(anchor)}\n` });

/** A closed file is named after its last entry. */
export const segmentName = (lastSeq: number): string => `audit-${String(lastSeq).padStart(12, '0')}.jsonl`;

/** Closed files, the oldest first. */
export async function segments(dir: string): Promise<string[]> {
  const names = await readdir(dir).catch(() => []);
  return names.filter((name) => segment.test(name)).sort();
}

/** Lines of one file from its end to its beginning, without reading more of it than asked for. A missing file has none. */
export async function* linesBackwards(path: string): AsyncGenerator<string> {
  const handle = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (handle === undefined) return;
  try {
    let end = (await handle.stat()).size;
    let tail: Buffer = Buffer.alloc(0);
    while (end > 0) {
      const start = Math.max(0, end - chunkBytes);
      tail = Buffer.concat([await readAt(handle, start, end - start), tail]);
      end = start;
      const first = end === 0 ? 0 : tail.indexOf(0x0a) + 1;
      if (end > 0 && first === 0) continue;
      const lines = tail.subarray(first).toString('utf8').split('\n');
      tail = Buffer.from(tail.subarray(0, first));
      for (const line of lines.reverse()) if (line !== '') yield line;
    }
  } finally {
    await handle.close();
  }
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

/** The head as the file itself tells it, and where its last whole line ends. */
export async function tailOf(path: string): Promise<{ readonly lastLine: string | undefined; readonly wholeBytes: number; readonly tornBytes: number }> {
  const text = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  });
  const wholeBytes = text.lastIndexOf(0x0a) + 1;
  const whole = text.subarray(0, Math.max(0, wholeBytes - 1)).toString('utf8');
  const lastLine = wholeBytes === 0 ? undefined : whole.slice(whole.lastIndexOf('\n') + 1);
  return { lastLine, wholeBytes, tornBytes: text.length - wholeBytes };
}

export const sameLink = (left: Link, right: Link): boolean => left.seq === right.seq && left.hash === right.hash;
