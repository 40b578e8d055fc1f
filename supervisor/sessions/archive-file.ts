import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { type TurnView, turnViewSchema } from '../../contract/state.js';
import type { LateFacts } from '../../core/sessions/turn-history.js';
import { ArchiveIndex } from './archive-index.js';

const fileName = /^[A-Za-z0-9._@+-]{1,128}\.jsonl$/;

const lateSchema = z.object({
  id: z.string(),
  rating: z.number().optional(),
  reward: z.number().optional(),
  suggestion: z.string().optional(),
});

/** Old turns, one file of JSON lines per session, with what became known of them later in a second one. A turn may stand there twice after a crash; the first one counts. */
export class ArchiveFiles {
  readonly #dir: string;
  readonly #index: ArchiveIndex;

  constructor(dataDir: string) {
    this.#dir = join(dataDir, 'archive');
    this.#index = new ArchiveIndex(this.#dir);
  }

  /** Resolves when the lines are on the disk. */
  async append(sessionId: string, turns: readonly TurnView[], wallMs: number): Promise<void> {
    await this.#add(this.#path(sessionId), turns);
    await this.#index.add(
      sessionId,
      turns.map(({ id }) => id),
      wallMs,
    );
  }

  /** Resolves when it is on the disk: a rating, a reward or a suggestion of a turn that lies here. The last one counts. */
  async amend(sessionId: string, turnId: string, late: LateFacts): Promise<void> {
    await this.#add(this.#latePath(sessionId), [{ id: turnId, ...late }]);
  }

  /** A turn of any session, by its id alone. */
  async find(turnId: string): Promise<TurnView | undefined> {
    const sessionId = await this.#index.sessionOf(turnId);
    if (sessionId === undefined) return undefined;
    // Lines are long and many: only the one that can be it is read.
    const mark = JSON.stringify(turnId);
    for await (const line of this.#lines(this.#path(sessionId))) {
      const turn = line.includes(mark) ? parse(line) : undefined;
      if (turn?.id === turnId) return withLate(turn, (await this.#late(sessionId)).get(turnId));
    }
    return undefined;
  }

  /** Turns from place `from` to before `to`, oldest first; lines that are no turn are passed over. */
  async read(sessionId: string, from: number, to: number): Promise<TurnView[]> {
    const found: TurnView[] = [];
    const seen = new Set<string>();
    const late = await this.#late(sessionId);
    for await (const line of this.#lines(this.#path(sessionId))) {
      const turn = parse(line);
      if (turn === undefined || seen.has(turn.id)) continue;
      const at = seen.size;
      seen.add(turn.id);
      if (at >= from) found.push(withLate(turn, late.get(turn.id)));
      if (seen.size >= to) break;
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
    await this.#index.prune(beforeMs);
  }

  async #late(sessionId: string): Promise<ReadonlyMap<string, LateFacts>> {
    const late = new Map<string, LateFacts>();
    for await (const line of this.#lines(this.#latePath(sessionId))) {
      const facts = parseLate(line);
      if (facts === undefined) continue;
      const { id, ...more } = facts;
      late.set(id, { ...late.get(id), ...more });
    }
    return late;
  }

  async #add(path: string, lines: readonly unknown[]): Promise<void> {
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    const file = await open(path, 'a', 0o600);
    try {
      // A line that a full disk cut off must not swallow the next one.
      const { size } = await file.stat();
      await file.appendFile(`${size > 0 ? '\n' : ''}${lines.map((line) => JSON.stringify(line)).join('\n')}`);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  /** None of a file that is not there. */
  async *#lines(path: string): AsyncGenerator<string> {
    const input = createReadStream(path, { encoding: 'utf8' });
    try {
      yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    } finally {
      input.destroy();
    }
  }

  #latePath(sessionId: string): string {
    return this.#path(`${sessionId}.late`);
  }

  #path(sessionId: string): string {
    const name = `${sessionId}.jsonl`;
    if (!fileName.test(name)) throw new Error('a session id that is no file name');
    return join(this.#dir, name);
  }
}

const withLate = (turn: TurnView, late: LateFacts = {}): TurnView => ({
  ...turn,
  rating: late.rating ?? turn.rating,
  reward: late.reward ?? turn.reward,
  suggestion: late.suggestion ?? turn.suggestion,
});

function parseLate(line: string): z.infer<typeof lateSchema> | undefined {
  try {
    return lateSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
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
