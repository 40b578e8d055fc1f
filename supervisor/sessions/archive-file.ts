import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TurnView, turnViewSchema } from '../../contract/state.js';

const fileName = /^[A-Za-z0-9._@+-]{1,128}\.jsonl$/;

/** Old turns, one file of JSON lines per session. A turn may stand there twice after a crash; the first one counts. */
export class ArchiveFiles {
  readonly #dir: string;

  constructor(dataDir: string) {
    this.#dir = join(dataDir, 'archive');
  }

  /** Resolves when the lines are on the disk. */
  async append(sessionId: string, turns: readonly TurnView[]): Promise<void> {
    const path = this.#path(sessionId);
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    const file = await open(path, 'a', 0o600);
    try {
      // A line that a full disk cut off must not swallow the next one.
      const { size } = await file.stat();
      await file.appendFile(`${size > 0 ? '\n' : ''}${turns.map((turn) => JSON.stringify(turn)).join('\n')}`);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  /** Turns from place `from` to before `to`, oldest first; lines that are no turn are passed over. */
  async read(sessionId: string, from: number, to: number): Promise<TurnView[]> {
    const found: TurnView[] = [];
    const seen = new Set<string>();
    const input = createReadStream(this.#path(sessionId), { encoding: 'utf8' });
    try {
      for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
        const turn = parse(line);
        if (turn === undefined || seen.has(turn.id)) continue;
        const at = seen.size;
        seen.add(turn.id);
        if (at >= from) found.push(turn);
        if (seen.size >= to) break;
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    } finally {
      input.destroy();
    }
    return found;
  }

  /** Removes what nobody has added to since `beforeMs`. */
  async prune(beforeMs: number): Promise<void> {
    for (const name of await readdir(this.#dir).catch(() => [])) {
      if (!fileName.test(name)) continue;
      const path = join(this.#dir, name);
      const { mtimeMs } = await stat(path);
      if (mtimeMs < beforeMs) await rm(path, { force: true });
    }
  }

  #path(sessionId: string): string {
    const name = `${sessionId}.jsonl`;
    if (!fileName.test(name)) throw new Error('a session id that is no file name');
    return join(this.#dir, name);
  }
}

function parse(line: string): TurnView | undefined {
  if (line === '') return undefined;
  try {
    const parsed = turnViewSchema.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
