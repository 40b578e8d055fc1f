import { appendFile, mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Log } from '../../core/base/log.js';

export interface RejectedLine {
  /** Names the place it came from: the same line is written once. */
  readonly key: string;
  readonly atMs: number;
  readonly reason: string;
  readonly text: string;
}

const tailBytes = 512 * 1024;

/** Lines that could not become jobs, each with its reason, as JSONL beside the log; in the data directory where that cannot be written to. */
export class RejectFile {
  readonly #paths: readonly string[];
  readonly #log: Log;
  #written: Set<string> | undefined;

  constructor(options: { readonly path: string; readonly dataDir: string; readonly name: string; readonly log: Log }) {
    this.#paths = [`${options.path}.rejected`, join(options.dataDir, 'watch', `${options.name}.rejected`)];
    this.#log = options.log;
  }

  /** Before the place in the log is committed: whoever dies in between finds them written and writes none twice. */
  async add(lines: readonly RejectedLine[]): Promise<void> {
    this.#written ??= await this.#keys();
    const written = this.#written;
    const fresh = lines.filter(({ key }) => !written.has(key));
    if (fresh.length === 0) return;
    const text = fresh.map(({ key, atMs, reason, text: line }) => `${JSON.stringify({ at: new Date(atMs).toISOString(), key, reason, line })}\n`).join('');
    await this.#append(text);
    for (const { key } of fresh) written.add(key);
  }

  async #append(text: string): Promise<void> {
    const [first = '', second = ''] = this.#paths;
    try {
      await appendFile(first, text, { mode: 0o600 });
    } catch (error) {
      this.#log.warn('refused lines go to the data directory', { path: first, error });
      await mkdir(dirname(second), { recursive: true, mode: 0o700 });
      await appendFile(second, text, { mode: 0o600 });
    }
  }

  async #keys(): Promise<Set<string>> {
    const keys = new Set<string>();
    for (const path of this.#paths)
      for (const line of (await tailOf(path)).split('\n')) {
        const key = /"key":"([^"]{1,300})"/.exec(line)?.[1];
        if (key !== undefined) keys.add(key);
      }
    return keys;
  }
}

async function tailOf(path: string): Promise<string> {
  const handle = await open(path, 'r').catch(() => undefined);
  if (handle === undefined) return '';
  try {
    const { size } = await handle.stat();
    const from = Math.max(0, size - tailBytes);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - from), 0, size - from, from);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}
