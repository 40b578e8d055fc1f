import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Failures are kept apart: a flood of good jobs must not push them out. */
export const kinds = ['done', 'failed'] as const;
export type Kind = (typeof kinds)[number];

export interface Segment {
  readonly path: string;
  readonly name: string;
  readonly startMs: number;
}

const dayMs = 86_400_000;

/** Files of one kind, the oldest first. The name says when it was begun. */
export async function segmentsOf(directory: string, kind: Kind): Promise<Segment[]> {
  const names = await readdir(directory).catch(() => []);
  return names
    .flatMap((name) => {
      const startMs = Number(new RegExp(`^${kind}-(\\d{13})\\.jsonl$`).exec(name)?.[1] ?? Number.NaN);
      return Number.isSafeInteger(startMs) ? [{ path: join(directory, name), name, startMs }] : [];
    })
    .sort((a, b) => a.startMs - b.startMs);
}

export interface Limits {
  readonly maxFileBytes: number;
  /** Of all files of one kind. */
  readonly maxBytes: Readonly<Record<Kind, number>>;
  readonly keepMs: number;
}

interface Current {
  readonly path: string;
  readonly startMs: number;
  size: number;
}

/** Appends lines to the newest file of a kind, begins a new one when it is full and drops what is too old or too much. */
export class SegmentWriter {
  readonly #directory: string;
  readonly #kind: Kind;
  readonly #limits: Limits;
  #current: Current | undefined;

  constructor(directory: string, kind: Kind, limits: Limits) {
    this.#directory = directory;
    this.#kind = kind;
    this.#limits = limits;
  }

  /** The last whole line there is, in case a restart has to know how far the files reach. */
  async lastLine(): Promise<string | undefined> {
    const newest = (await segmentsOf(this.#directory, this.#kind)).at(-1);
    if (newest === undefined) return undefined;
    const { size } = await stat(newest.path);
    for await (const { line } of linesBackwards(newest.path, size)) return line;
    return undefined;
  }

  async append(lines: readonly string[], nowMs: number): Promise<void> {
    if (lines.length === 0) return;
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    this.#current ??= await this.#resume();
    if (this.#current === undefined || this.#current.size >= this.#limits.maxFileBytes || nowMs - this.#current.startMs >= dayMs) {
      // The clock may have been set back: a later file must still be the newest.
      const startMs = Math.max(nowMs, (this.#current?.startMs ?? 0) + 1);
      this.#current = { path: join(this.#directory, `${this.#kind}-${startMs}.jsonl`), size: 0, startMs };
      await this.#prune(nowMs);
    }
    const text = `${lines.join('\n')}\n`;
    const handle = await open(this.#current.path, 'a', 0o600);
    try {
      await handle.appendFile(text);
    } finally {
      await handle.close();
    }
    this.#current.size += Buffer.byteLength(text);
  }

  /** A killed run may have left half a line at the end: the next one begins on its own. */
  async #resume(): Promise<Current | undefined> {
    const newest = (await segmentsOf(this.#directory, this.#kind)).at(-1);
    if (newest === undefined) return undefined;
    const handle = await open(newest.path, 'r+');
    try {
      const { size } = await handle.stat();
      if (size === 0) return { ...newest, size };
      const last = Buffer.alloc(1);
      await handle.read(last, 0, 1, size - 1);
      if (last[0] === 0x0a) return { ...newest, size };
      await handle.write('\n', size);
      return { ...newest, size: size + 1 };
    } finally {
      await handle.close();
    }
  }

  async #prune(nowMs: number): Promise<void> {
    const files = await segmentsOf(this.#directory, this.#kind);
    let bytes = 0;
    // From the newest on. No line of a file is a day younger than the file.
    for (let at = files.length - 1; at >= 0; at--) {
      const file = files[at];
      if (file === undefined || file.path === this.#current?.path) continue;
      bytes += (await stat(file.path).catch(() => ({ size: 0 }))).size;
      const endMs = file.startMs + dayMs;
      if (bytes > this.#limits.maxBytes[this.#kind] - this.#limits.maxFileBytes || endMs < nowMs - this.#limits.keepMs) await rm(file.path, { force: true });
    }
  }
}

const chunkBytes = 128 * 1024;

/** Whole lines before `end` (a byte offset), the last one first, each with where it begins. */
export async function* linesBackwards(path: string, end: number): AsyncGenerator<{ readonly line: string; readonly at: number }> {
  const handle = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (handle === undefined) return;
  try {
    let head = Buffer.alloc(0);
    for (let from = end; from > 0; ) {
      const size = Math.min(chunkBytes, from);
      from -= size;
      const chunk = Buffer.alloc(size);
      await handle.read(chunk, 0, size, from);
      const block = Buffer.concat([chunk, head]);
      let stop = block.length;
      for (let at = block.lastIndexOf(0x0a, stop - 1); at >= 0; at = at === 0 ? -1 : block.lastIndexOf(0x0a, at - 1)) {
        if (stop - at > 1) yield { line: block.toString('utf8', at + 1, stop), at: from + at + 1 };
        stop = at;
      }
      head = block.subarray(0, stop);
    }
    if (head.length > 0) yield { line: head.toString('utf8'), at: 0 };
  } finally {
    await handle.close();
  }
}
