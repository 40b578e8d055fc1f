import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { RoostError } from '../../contract/errors.js';
import { writeFileAtomic } from '../../core/base/atomic-file.js';
import type { Clock } from '../../core/base/clock.js';
import { call, type Redis } from '../../core/redis/connection.js';
import { aofHead, aofParts } from './aof-files.js';

/** Another try by itself cannot help, so none is made. */
export const needsAPerson = { cause: 'config', state: 'recovery' } as const;

/** Whose data they are, and how far they have come: the number rises every ten seconds. */
export interface Mark {
  readonly id: string;
  readonly count: number;
}

/** Reads `<id> <count>`; a mark of an earlier version is the id alone. */
export function parseMark(text: string | null | undefined): Mark | undefined {
  const match = /^(\S{1,64})(?: (\d{1,15}))?$/.exec(text?.trim() ?? '');
  return match?.[1] === undefined ? undefined : { id: match[1], count: Number(match[2] ?? 0) };
}

const markText = ({ id, count }: Mark): string => `${id} ${count}`;

/** Time between two steps of a mark. */
export const markEveryMs = 10_000;
/** The file is written after Redis has answered, but a power cut may still take the last second from its disk. */
const markSlack = 1;

/**
 * Redis starts empty and without a word when its files are gone. So the data carry a mark (the epoch
 * key) and a file beside them remembers it: a server that came up without the mark has lost its data,
 * and one whose mark stands behind the file's has older data than it had.
 */
export type EpochVerdict =
  | { readonly kind: 'same' }
  | { readonly kind: 'adopt' }
  | { readonly kind: 'older'; readonly missingMs: number }
  | { readonly kind: 'first-run' }
  | { readonly kind: 'lost' };

export function judgeEpoch(file: Mark | undefined, key: Mark | undefined): EpochVerdict {
  if (key === undefined) return { kind: file === undefined ? 'first-run' : 'lost' };
  if (file?.id !== key.id) return { kind: 'adopt' };
  return key.count < file.count - markSlack ? { kind: 'older', missingMs: (file.count - key.count) * markEveryMs } : { kind: 'same' };
}

export class EpochFile {
  readonly #path: string;
  readonly #dir: string;
  #mark: Mark | undefined;

  constructor(path: string, redisDir: string) {
    this.#path = path;
    this.#dir = redisDir;
  }

  /**
   * To call before the server starts: it would write a new, empty set of files over what is left of
   * the old one, which a person may still want to rescue.
   */
  async refuseWhenFilesAreGone(): Promise<void> {
    if ((await this.#read()) === undefined) return;
    if ((await aofHead(this.#dir)) === undefined) throw this.lostError();
    // The server would refuse as well, again and again and in words that name no way out.
    if ((await aofParts(this.#dir)) === undefined) throw this.#partsError();
  }

  /** To call once the server answers and before anyone uses it. */
  async verify(clock: Clock, redis: Redis, key: string, appendfsync: string): Promise<EpochVerdict> {
    const found = parseMark(await call(clock, redis.get(key)));
    const verdict = judgeEpoch(await this.#read(), found);
    if (verdict.kind === 'lost') throw this.lostError();
    this.#mark = found ?? { id: randomUUID(), count: 0 };
    if (verdict.kind === 'first-run') {
      // The mark must be on disk before the file says so, else a power cut in between looks like lost data.
      await call(clock, redis.config('SET', 'appendfsync', 'always'));
      await call(clock, redis.set(key, markText(this.#mark)), 10_000);
      await call(clock, redis.config('SET', 'appendfsync', appendfsync));
    }
    await this.#write(this.#mark);
    return verdict;
  }

  /** One step up, in Redis first. Rejects with what Redis says; a file that cannot be written is told to `onFileError` alone. */
  async raise(clock: Clock, redis: Redis, key: string, onFileError: (error: unknown) => void): Promise<void> {
    if (this.#mark === undefined) return;
    const next: Mark = { id: this.#mark.id, count: this.#mark.count + 1 };
    await call(clock, redis.set(key, markText(next)));
    this.#mark = next;
    await this.#write(next).catch(onFileError);
  }

  /** A restored backup is older on purpose: what it carries is adopted at the next start. */
  async forgetProgress(): Promise<void> {
    const known = await this.#read();
    if (known !== undefined) await this.#write({ ...known, count: 0 });
  }

  #partsError(): RoostError {
    return new RoostError(
      'redis-failed',
      `RECOVERY: the data of Redis in ${this.#dir} are not complete: the manifest of its append-only file is empty or names files that are not there. Put a backup back with \`roost restore NAME\` (\`roost backup list\` names them), or move ${this.#dir} and ${this.#path} away to begin with no data, then start redis again`,
      { details: needsAPerson },
    );
  }

  lostError(): RoostError {
    return new RoostError(
      'redis-failed',
      `RECOVERY: the data of Redis in ${this.#dir} are gone, although ${this.#path} says there were some. Put a backup back with \`roost restore NAME\` (\`roost backup list\` names them), or delete ${this.#path} to begin with no data, then start redis again`,
      {
        details: needsAPerson,
      },
    );
  }

  async #read(): Promise<Mark | undefined> {
    const text = await readFile(this.#path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    return parseMark(text);
  }

  #write(mark: Mark): Promise<void> {
    return writeFileAtomic({ path: this.#path, text: `${markText(mark)}\n` });
  }
}
