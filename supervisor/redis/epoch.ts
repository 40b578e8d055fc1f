import { randomUUID } from 'node:crypto';
import { access, open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { RoostError } from '../../contract/errors.js';
import type { Clock } from '../../core/base/clock.js';
import { call, type Redis } from '../../core/redis/connection.js';

/** Another try by itself cannot help, so none is made. */
export const needsAPerson = { cause: 'config', state: 'recovery' } as const;

/**
 * Redis starts empty and without a word when its files are gone. So the data carry a mark (the epoch
 * key) and a file beside them remembers it: a server that came up without the mark has lost its data.
 */
export type EpochVerdict =
  | { readonly kind: 'same' }
  | { readonly kind: 'adopt'; readonly epoch: string }
  | { readonly kind: 'first-run' }
  | { readonly kind: 'lost' };

export function judgeEpoch(file: string | undefined, key: string | null): EpochVerdict {
  if (key !== null) return file === key ? { kind: 'same' } : { kind: 'adopt', epoch: key };
  return file === undefined ? { kind: 'first-run' } : { kind: 'lost' };
}

export class EpochFile {
  readonly #path: string;
  readonly #dir: string;

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
    const heads = [join(this.#dir, 'appendonlydir', 'appendonly.aof.manifest'), join(this.#dir, 'appendonly.aof')];
    const present = await Promise.all(heads.map(exists));
    if (!present.includes(true)) throw this.lostError();
  }

  /** To call once the server answers and before anyone uses it. */
  async verify(clock: Clock, redis: Redis, key: string, appendfsync: string): Promise<EpochVerdict> {
    const verdict = judgeEpoch(await this.#read(), await call(clock, redis.get(key)));
    if (verdict.kind === 'lost') throw this.lostError();
    if (verdict.kind === 'adopt') await this.#write(verdict.epoch);
    if (verdict.kind === 'first-run') {
      const epoch = randomUUID();
      // The mark must be on disk before the file says so, else a power cut in between looks like lost data.
      await call(clock, redis.config('SET', 'appendfsync', 'always'));
      await call(clock, redis.set(key, epoch), 10_000);
      await call(clock, redis.config('SET', 'appendfsync', appendfsync));
      await this.#write(epoch);
    }
    return verdict;
  }

  lostError(): RoostError {
    return new RoostError(
      'redis-failed',
      `RECOVERY: the data of Redis in ${this.#dir} are gone, although ${this.#path} says there were some. Put a backup of that directory back, or delete ${this.#path} to begin with no data, then start redis again`,
      {
        details: needsAPerson,
      },
    );
  }

  async #read(): Promise<string | undefined> {
    const text = await readFile(this.#path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    return text.trim() === '' ? undefined : text.trim();
  }

  async #write(epoch: string): Promise<void> {
    const temporary = join(dirname(this.#path), `.redis-epoch.${process.pid}.tmp`);
    const handle = await open(temporary, 'w', 0o600);
    try {
      await handle.writeFile(`${epoch}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, this.#path);
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
