import { mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

const shardName = /^\d{4}-\d{2}-(?:[0-9a-f]{2}|xx)\.txt$/;

/** In which session's archive a turn lies: lines of both ids, in files of a month and the last byte of the turn's id, so that a look reads little. */
export class ArchiveIndex {
  readonly #dir: string;

  constructor(archiveDir: string) {
    this.#dir = join(archiveDir, 'index');
  }

  /** Resolves when it is on the disk. A line may stand there twice. */
  async add(sessionId: string, turnIds: readonly string[], wallMs: number): Promise<void> {
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    const byShard = new Map<string, string[]>();
    for (const id of turnIds) byShard.set(shardOf(id), [...(byShard.get(shardOf(id)) ?? []), id]);
    const month = new Date(wallMs).toISOString().slice(0, 7);
    for (const [shard, ids] of byShard) {
      const file = await open(join(this.#dir, `${month}-${shard}.txt`), 'a', 0o600);
      try {
        // In front, too: a line that a full disk cut off must not swallow the next one.
        await file.appendFile(`\n${ids.map((id) => `${id} ${sessionId}`).join('\n')}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
    }
  }

  async sessionOf(turnId: string): Promise<string | undefined> {
    const end = `-${shardOf(turnId)}.txt`;
    const names = (await this.#names()).filter((name) => name.endsWith(end));
    // The newest month first: what is asked for is mostly young.
    for (const name of names.sort().reverse()) {
      const text = await readFile(join(this.#dir, name), 'utf8').catch(() => '');
      const at = text.indexOf(`\n${turnId} `);
      if (at < 0) continue;
      const sessionId = text.slice(at + turnId.length + 2).split('\n', 1)[0];
      if (sessionId !== undefined && sessionId !== '') return sessionId;
    }
    return undefined;
  }

  async prune(beforeMs: number): Promise<void> {
    for (const name of await this.#names()) {
      const path = join(this.#dir, name);
      if ((await stat(path)).mtimeMs < beforeMs) await rm(path, { force: true });
    }
  }

  async #names(): Promise<string[]> {
    return (await readdir(this.#dir).catch(() => [])).filter((name) => shardName.test(name));
  }
}

const shardOf = (turnId: string): string => /[0-9a-f]{2}$/.exec(turnId)?.[0] ?? 'xx';
