import { cp, mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { RoostError } from '../../../contract/errors.js';
import type { Clock } from '../../../core/base/clock.js';
import { within } from '../../../core/base/deadline.js';
import type { Log } from '../../../core/base/log.js';
import type { Launcher } from '../../process/types.js';
import { isThere } from '../aof-files.js';
import type { ManagedRedis } from '../managed-redis.js';
import { readVerified } from './backup-files.js';
import { checkCopy } from './check-copy.js';
import { backupName } from './retention.js';

export interface RestoreOptions {
  readonly redis: Pick<ManagedRedis, 'process' | 'files' | 'filesReplaced'>;
  readonly launcher: Launcher;
  readonly clock: Clock;
  readonly log: Log;
  /** Where the backups are: a plain name is looked for here. */
  readonly dir: string;
}

export interface Restored {
  readonly restored: string;
  /** Where the data that were there before are now. */
  readonly setAside: string | null;
}

const serveDeadlineMs = 120_000;

/** The folder a person meant: a name among the backups, or a path; the record inside it names the folder as well. */
export function backupPath(dir: string, file: string): string {
  const path = isAbsolute(file) ? file : join(dir, file);
  if (!isAbsolute(file) && basename(file) !== file)
    throw new RoostError('bad-request', `file must be the name of a backup or an absolute path, got ${JSON.stringify(file.slice(0, 200))}`, { field: 'file' });
  return basename(path) === 'backup.json' ? dirname(path) : path;
}

/** Finds out everything that can be wrong with a backup while nothing has been touched. */
export async function checkBackup(dir: string, file: string): Promise<void> {
  await readVerified(backupPath(dir, file));
}

/**
 * Puts a backup in the place of the present data, which are moved aside and kept. Everything that can be
 * wrong with the backup is found out before anything is touched. Works in every state of Redis, also when
 * it refuses to start. Whoever calls has stopped everything that uses Redis.
 */
export async function restoreBackup(file: string, options: RestoreOptions): Promise<Restored> {
  const { redis, launcher, clock, log, dir } = options;
  const path = backupPath(dir, file);
  const { redisDir, server } = redis.files;
  await readVerified(path);
  const staged = `${redisDir}.restoring`;
  await rm(staged, { recursive: true, force: true });
  try {
    await cp(path, staged, { recursive: true, filter: (source) => basename(source) !== 'backup.json' });
    await checkCopy(staged, { launcher, clock, server });
    await redis.process.stop('a backup is being restored');
    const aside = (await isThere(redisDir)) ? join(dir, `replaced-${backupName(clock.wallMs())}`) : null;
    await mkdir(dir, { recursive: true, mode: 0o700 });
    if (aside !== null) await rename(redisDir, aside);
    try {
      await rename(staged, redisDir);
    } catch (error) {
      if (aside !== null) await rename(aside, redisDir);
      throw error;
    }
    await redis.filesReplaced();
    log.warn('a backup of redis was put in place', { backup: path, before: aside });
    redis.process.start('person');
    const serving = await within(clock, serveDeadlineMs, redis.process.whenRunning()).catch((error: Error) => ({
      kind: 'failed' as const,
      why: error.message,
    }));
    if (serving.kind !== 'done') {
      const why = serving.kind === 'failed' ? serving.why : `it took longer than ${serveDeadlineMs / 1_000} s`;
      throw new RoostError('redis-failed', `Redis does not serve the restored data: ${why} The data of before are in ${aside ?? 'no place: there were none'}.`);
    }
    return { restored: path, setAside: aside };
  } finally {
    await rm(staged, { recursive: true, force: true });
  }
}
