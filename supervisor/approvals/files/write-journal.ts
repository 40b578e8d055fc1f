import { createHash } from 'node:crypto';
import { appendFile, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { FileWrite } from '../../../contract/approvals.js';
import { writeFileAtomic } from '../../../core/base/atomic-file.js';
import type { Clock } from '../../../core/base/clock.js';
import { readInside, removeInside, writeInside } from './workspace-files.js';

const entrySchema = z.object({
  kind: z.literal('write'),
  n: z.number().int(),
  root: z.string(),
  path: z.string(),
  agentId: z.string(),
  atMs: z.number(),
  existed: z.boolean(),
  mode: z.number(),
  /** SHA-256 of the bytes before and after. */
  before: z.string(),
  after: z.string(),
  bytes: z.number(),
});
const undoneSchema = z.object({ kind: z.literal('undone'), n: z.number().int(), atMs: z.number() });
type Entry = z.infer<typeof entrySchema>;

export interface RolledBack {
  readonly restored: string[];
  readonly removed: string[];
  readonly skipped: { readonly path: string; readonly why: string }[];
}

const keptTurns = 500;
const safeName = /^[A-Za-z0-9._@+-]{1,128}$/;
const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** What agents wrote, turn by turn, with a copy of what stood there before: enough to take any of it back. */
export class WriteJournal {
  readonly #dir: string;
  readonly #clock: Clock;
  /** One after the other per turn: the numbers and the copies must not cross. */
  readonly #tails = new Map<string, Promise<unknown>>();

  constructor(options: { readonly dir: string; readonly clock: Clock }) {
    this.#dir = options.dir;
    this.#clock = options.clock;
  }

  /** Copies what is there, then writes. The copy and its line are on the disk before the file changes. */
  write(write: { readonly turnId: string; readonly agentId: string; readonly root: string; readonly path: string; readonly text: string }): Promise<void> {
    return this.#inTurn(write.turnId, async (folder) => {
      const { root, path, agentId } = write;
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const found = await readInside(root, path);
      const bytes = Buffer.from(write.text, 'utf8');
      const n = (await this.#read(folder)).entries.length + 1;
      const before = found?.bytes ?? Buffer.alloc(0);
      if (found !== undefined) await writeFileAtomic({ path: join(folder, `${n}.bin`), text: found.bytes });
      const mode = found?.mode ?? 0o644;
      const entry: Entry = {
        kind: 'write',
        n,
        root,
        path,
        agentId,
        atMs: this.#clock.wallMs(),
        existed: found !== undefined,
        mode,
        before: hashOf(before),
        after: hashOf(bytes),
        bytes: bytes.length,
      };
      await this.#append(folder, entry);
      await writeInside(root, path, bytes, mode);
    });
  }

  async list(turnId: string): Promise<readonly FileWrite[]> {
    const { entries, undone } = await this.#read(this.#folder(turnId));
    return entries.map(({ n, agentId, path, atMs, existed, bytes }) => ({
      id: `${turnId}.${n}`,
      turnId,
      agentId,
      path,
      atMs,
      existed,
      bytes,
      rolledBackAtMs: undone.get(n) ?? null,
    }));
  }

  /** Backwards, each file to what stood there before; one that is not as the agent left it stays, unless forced. */
  rollBack(turnId: string, force: boolean): Promise<RolledBack> {
    return this.#inTurn(turnId, async (folder) => {
      const { entries, undone } = await this.#read(folder);
      const outcome: RolledBack = { restored: [], removed: [], skipped: [] };
      for (const entry of entries.filter(({ n }) => !undone.has(n)).reverse()) {
        try {
          const why = await this.#undo(folder, entry, force);
          if (why !== undefined) {
            if (!outcome.skipped.some(({ path }) => path === entry.path)) outcome.skipped.push({ path: entry.path, why });
            continue;
          }
          await this.#append(folder, { kind: 'undone', n: entry.n, atMs: this.#clock.wallMs() });
          const list = entry.existed ? outcome.restored : outcome.removed;
          if (!list.includes(entry.path)) list.push(entry.path);
        } catch (error) {
          outcome.skipped.push({ path: entry.path, why: error instanceof Error ? error.message : String(error) });
        }
      }
      // One that was changed and then made anew ends up removed: the earlier step does not count any more.
      return { ...outcome, restored: outcome.restored.filter((path) => !outcome.removed.includes(path)) };
    });
  }

  /** Keeps the newest turns only. */
  async prune(): Promise<void> {
    const names = await readdir(this.#dir).catch(() => []);
    const dated = await Promise.all(
      names.map(async (name) => ({
        name,
        atMs: await stat(join(this.#dir, name)).then(
          (found) => found.mtimeMs,
          () => 0,
        ),
      })),
    );
    const old = dated.sort((left, right) => right.atMs - left.atMs).slice(keptTurns);
    for (const { name } of old) await rm(join(this.#dir, name), { recursive: true, force: true });
  }

  async #undo(folder: string, entry: Entry, force: boolean): Promise<string | undefined> {
    const { root, path, existed, mode, before, after, n } = entry;
    const now = await readInside(root, path);
    const state = now === undefined ? undefined : hashOf(now.bytes);
    // The agent's write was cut off by a crash, or somebody put it back by hand: nothing to do.
    if (existed ? state === before : state === undefined) return undefined;
    if (state !== after && !force) return now === undefined ? 'it was deleted since' : 'it was changed since';
    if (!existed) {
      await removeInside(root, path);
      return undefined;
    }
    const copy = await readFile(join(folder, `${n}.bin`));
    if (hashOf(copy) !== before) return 'its copy is damaged';
    await writeInside(root, path, copy, mode);
    return undefined;
  }

  #folder(turnId: string): string {
    if (!safeName.test(turnId) || /^\.+$/.test(turnId)) throw new Error(`not a turn id: ${JSON.stringify(turnId.slice(0, 60))}`);
    return join(this.#dir, turnId);
  }

  async #inTurn<T>(turnId: string, work: (folder: string) => Promise<T>): Promise<T> {
    const folder = this.#folder(turnId);
    const before = this.#tails.get(turnId) ?? Promise.resolve();
    const mine = before.then(() => work(folder));
    const tail = mine
      .catch(() => undefined)
      .then(() => {
        if (this.#tails.get(turnId) === tail) this.#tails.delete(turnId);
      });
    this.#tails.set(turnId, tail);
    return mine;
  }

  async #append(folder: string, line: Entry | z.infer<typeof undoneSchema>): Promise<void> {
    await appendFile(join(folder, 'writes.jsonl'), `${JSON.stringify(line)}\n`, { mode: 0o600, flush: true });
  }

  async #read(folder: string): Promise<{ readonly entries: readonly Entry[]; readonly undone: ReadonlyMap<number, number> }> {
    const text = await readFile(join(folder, 'writes.jsonl'), 'utf8').catch(() => '');
    const entries: Entry[] = [];
    const undone = new Map<number, number>();
    for (const line of text.split('\n')) {
      const value = parsed(line);
      const entry = entrySchema.safeParse(value);
      if (entry.success) entries.push(entry.data);
      const mark = undoneSchema.safeParse(value);
      if (mark.success) undone.set(mark.data.n, mark.data.atMs);
    }
    return { entries, undone };
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // Cut off by a crash: the write it announces did not begin.
  }
}
