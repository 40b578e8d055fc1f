import { mkdir, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { RoostError } from '../../../contract/errors.js';
import type { Backup, BackupsView } from '../../../contract/state.js';
import { type Clock, sleep } from '../../../core/base/clock.js';
import { Emitter } from '../../../core/base/emitter.js';
import type { Log } from '../../../core/base/log.js';
import { Scope } from '../../../core/base/scope.js';
import { call, type Redis } from '../../../core/redis/connection.js';
import type { Launcher } from '../../process/types.js';
import type { ManagedRedis } from '../managed-redis.js';
import { withProbe } from '../probe.js';
import { copyAof, listBackups, removeDrafts, sealBackup } from './backup-files.js';
import { checkCopy } from './check-copy.js';
import { checkBackup, type Restored, restoreBackup } from './restore.js';
import { backupName, dueInMs, type Retention, superfluous } from './retention.js';

export interface RedisBackupsOptions {
  readonly redis: Pick<ManagedRedis, 'process' | 'adminAddress' | 'files' | 'filesReplaced' | 'version'>;
  readonly launcher: Launcher;
  readonly clock: Clock;
  readonly log: Log;
  /** Where the backups go, one folder each. */
  readonly dir: string;
  readonly config: Retention & { readonly every: number };
}

const lookEveryMs = 30_000;
/** A failed backup is tried again after this long, not at every look. */
const retryMs = 10 * 60_000;
const rewriteDeadlineMs = 120_000;
/** A copy must never be what fills the disk under Redis. */
const leastFreeBytes = 64 * 1024 ** 2;

/** Copies of the data of the managed Redis: compact, proved to be loadable, made on a schedule and by hand. */
export class RedisBackups {
  readonly #options: RedisBackupsOptions;
  readonly #scope: Scope;
  readonly #changes = new Emitter<void>();
  #items: readonly Backup[] = [];
  #problem: string | null = null;
  #making: Promise<Backup> | undefined;
  #triedMono: number | undefined;

  constructor(options: RedisBackupsOptions) {
    this.#options = options;
    this.#scope = new Scope(options.clock, (step, error) => options.log.warn('backups of redis failed in a step', { step, error }));
  }

  async start(): Promise<void> {
    const { dir, config } = this.#options;
    await removeDrafts(dir);
    await this.#list();
    this.#scope.every('schedule', Math.min(lookEveryMs, config.every), () => this.#look());
  }

  async stop(): Promise<void> {
    await this.#scope.close();
    await this.#making?.catch(() => undefined);
  }

  onChange(listener: () => void): () => void {
    return this.#changes.on(listener);
  }

  view(): BackupsView {
    return { everyMs: this.#options.config.every, items: [...this.#items], problem: this.#problem };
  }

  /** Rejects for a backup that could not be restored. */
  check(file: string): Promise<void> {
    return checkBackup(this.#options.dir, file);
  }

  /** Puts a backup in the place of the data of Redis, in whatever state that is. */
  async restore(file: string): Promise<Restored> {
    const { redis, launcher, clock, log, dir } = this.#options;
    await this.#making?.catch(() => undefined);
    return restoreBackup(file, { redis, launcher, clock, log, dir });
  }

  /** One at a time: a second caller gets the backup that is under way. */
  make(reason: Backup['reason']): Promise<Backup> {
    this.#making ??= this.#make(reason).finally(() => {
      this.#making = undefined;
    });
    return this.#making;
  }

  async #look(): Promise<void> {
    const { clock, config, redis } = this.#options;
    if (redis.process.status.kind !== 'running') return;
    const waitedMs = this.#triedMono === undefined ? Number.POSITIVE_INFINITY : clock.monoMs() - this.#triedMono;
    if (waitedMs < Math.min(retryMs, config.every) || dueInMs(this.#items[0]?.atMs, clock.wallMs(), config.every) > 0) return;
    this.#triedMono = clock.monoMs();
    await this.make('schedule').catch(() => undefined);
  }

  async #make(reason: Backup['reason']): Promise<Backup> {
    const { clock, log, dir, redis } = this.#options;
    try {
      if (redis.process.status.kind !== 'running')
        throw new RoostError('redis-unavailable', `Redis is ${redis.process.status.kind}; only a running one can be backed up.`, { retryAfterMs: 1_000 });
      const name = backupName(clock.wallMs());
      const draft = join(dir, `${name}.draft`);
      await mkdir(draft, { recursive: true, mode: 0o700 });
      try {
        const backup = await this.#copy(draft, join(dir, name), reason);
        this.#problem = null;
        await this.#prune();
        log.info('redis was backed up', { name, bytes: backup.bytes, verifiedBy: backup.verifiedBy, reason });
        return backup;
      } finally {
        await rm(draft, { recursive: true, force: true });
      }
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : String(error);
      log.error('redis could not be backed up', { error });
      throw error instanceof RoostError ? error : new RoostError('redis-failed', `Redis could not be backed up: ${this.#problem}`, { cause: error });
    } finally {
      await this.#list();
    }
  }

  async #copy(draft: string, path: string, reason: Backup['reason']): Promise<Backup> {
    const { clock, launcher, redis } = this.#options;
    const { redisDir, server } = redis.files;
    // Before the rewrite, too: Redis itself would fail in the middle of it, in words that do not name the disk.
    await this.#requireRoom(0);
    return withProbe(clock, redis.adminAddress(), async (connection) => {
      const parts = await rewriteQuietly(clock, connection, this.#scope.signal, async (aofBytes) => {
        await this.#requireRoom(aofBytes);
        return copyAof(redisDir, draft);
      });
      const verifiedBy = await checkCopy(draft, { launcher, clock, server });
      return sealBackup(draft, path, { atMs: clock.wallMs(), reason, verifiedBy, redisVersion: redis.version ?? 'unknown' }, parts);
    });
  }

  async #requireRoom(bytes: number): Promise<void> {
    const disk = await statfs(this.#options.dir);
    const free = disk.bavail * disk.bsize;
    if (free < bytes + leastFreeBytes)
      throw new RoostError(
        'disk-full',
        `A backup needs ${bytes === 0 ? 'some room' : mb(bytes)} and leaves at least ${mb(leastFreeBytes)} free, but only ${mb(free)} are there.`,
      );
  }

  async #prune(): Promise<void> {
    const { dir, config } = this.#options;
    const names = (await listBackups(dir)).map(({ name }) => name);
    for (const name of superfluous(names, config)) await rm(join(dir, name), { recursive: true, force: true });
  }

  async #list(): Promise<void> {
    this.#items = await listBackups(this.#options.dir);
    this.#changes.emit();
  }
}

/** Rewrites the append-only file to its shortest form, then runs `copy` while the server begins no other rewrite. */
async function rewriteQuietly<T>(clock: Clock, redis: Redis, signal: AbortSignal, copy: (aofBytes: number) => Promise<T>): Promise<T> {
  const setting = 'auto-aof-rewrite-percentage';
  const before = ((await call(clock, redis.config('GET', setting))) as string[])[1] ?? '100';
  await call(clock, redis.config('SET', setting, '0'));
  try {
    await rewriteEnded(clock, redis, signal);
    await call(clock, redis.bgrewriteaof());
    const persistence = await rewriteEnded(clock, redis, signal);
    if (persistence.get('aof_last_bgrewrite_status') !== 'ok')
      throw new RoostError('redis-failed', 'Redis could not rewrite its append-only file; its log says why.');
    return await copy(Number(persistence.get('aof_current_size') ?? 0));
  } finally {
    await call(clock, redis.config('SET', setting, before)).catch(() => undefined);
  }
}

async function rewriteEnded(clock: Clock, redis: Redis, signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
  const end = clock.monoMs() + rewriteDeadlineMs;
  for (;;) {
    const text = await call(clock, redis.info('persistence'));
    const fields = new Map(text.split(/\r?\n/).map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]));
    if (fields.get('aof_rewrite_in_progress') !== '1' && fields.get('aof_rewrite_scheduled') !== '1') return fields;
    if (clock.monoMs() > end) throw new RoostError('timeout', `Redis did not finish rewriting its append-only file within ${rewriteDeadlineMs / 1_000} s.`);
    await sleep(clock, 25, signal);
  }
}

const mb = (bytes: number): string => `${Math.ceil(bytes / 1024 ** 2)} MB`;
