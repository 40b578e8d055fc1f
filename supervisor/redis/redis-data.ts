import { chmod, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../contract/config.js';
import { RoostError } from '../../contract/errors.js';
import type { RedisAddress } from '../../contract/messages.js';
import type { Clock } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';
import type { Redis } from '../../core/redis/connection.js';
import type { Keys } from '../../core/redis/keys.js';
import type { FormatStep } from '../data-format/format-steps.js';
import { settleKeyFormat } from '../data-format/key-format.js';
import { foreignIn, foreignSentence, isForbidden } from '../file-rights.js';
import type { Launcher } from '../process/types.js';
import { aofFolder, sizeOf } from './aof-files.js';
import { copyAof, sealBackup } from './backup/backup-files.js';
import { backupName } from './backup/retention.js';
import { EpochFile, markEveryMs, needsAPerson } from './epoch.js';
import { withProbe } from './probe.js';
import { AofRepair } from './repair.js';

export interface RedisDataOptions {
  readonly launcher: Launcher;
  readonly clock: Clock;
  readonly log: Log;
  readonly dataDir: string;
  readonly keys: Keys;
  readonly appendfsync: Config['redis']['appendfsync'];
  /** What a person should know: a repair, writes that are missing. */
  readonly notice: (message: string) => void;
  /** Of this Roost. */
  readonly version: string;
  readonly steps?: readonly FormatStep[];
}

/** Its own folder and that of the append-only file. */
const filesDeep = 2;
/** Another try cannot help. */
const foreign = (sentence: string): RoostError => new RoostError('redis-failed', `Redis is not started: ${sentence}`, { details: { cause: 'config' } });

const bytesPerLoadSecond = 20 * 1024 ** 2;

/** The files of the managed Redis: there, whole and the same as last time, or no server starts over them. */
export class RedisData {
  readonly dir: string;
  readonly runDir: string;
  /** How often `raise` is to be called. */
  readonly raiseEveryMs = markEveryMs;
  readonly #options: RedisDataOptions;
  readonly #epoch: EpochFile;
  readonly #repair: AofRepair;
  #bytes = 0;

  constructor(options: RedisDataOptions) {
    this.#options = options;
    const { launcher, clock, log, dataDir } = options;
    this.dir = join(dataDir, 'redis');
    this.runDir = join(dataDir, 'run');
    this.#epoch = new EpochFile(join(dataDir, 'redis-epoch'), this.dir);
    this.#repair = new AofRepair({ launcher, clock, log, redisDir: this.dir, backupDir: join(dataDir, 'backup'), onRepaired: options.notice });
  }

  /** How long a server may need to read what `prepare` found. */
  get loadMs(): number {
    return Math.ceil((this.#bytes / bytesPerLoadSecond) * 1_000);
  }

  /** To call before a start of the program at that path. Throws `redis-failed` where a person has to decide. */
  async prepare(server: string): Promise<void> {
    for (const dir of [this.#options.dataDir, this.dir, this.runDir]) {
      try {
        await mkdir(dir, { recursive: true, mode: 0o700 });
        await chmod(dir, 0o700);
      } catch (error) {
        throw isForbidden(error) ? foreign(await foreignSentence(dir)) : error;
      }
    }
    // A file that may not be read would be taken for one that is gone, and the advice be to put a backup in its place.
    const found = await foreignIn(this.dir, filesDeep);
    if (found !== null) throw foreign(found);
    await this.#epoch.refuseWhenFilesAreGone();
    await this.#repair.repairIfDamaged(server);
    this.#bytes = await sizeOf(join(this.dir, aofFolder));
  }

  /** The start begins now: what the server says from here on is about these files. */
  starting(): void {
    this.#repair.starting();
  }

  started(): void {
    this.#repair.started();
  }

  /** To call once the server answers and before anyone uses it. Throws `redis-failed` when it came up without its data. */
  async verify(address: RedisAddress, redisVersion: string): Promise<void> {
    const { clock, log, keys, appendfsync, notice } = this.#options;
    const verdict = await withProbe(clock, address, async (redis) => {
      const found = await this.#epoch.verify(clock, redis, keys.epoch, appendfsync);
      await this.#settleFormat(redis, redisVersion);
      return found;
    });
    if (verdict.kind !== 'older') return;
    log.warn('the data of redis are older than they were', { missingMs: verdict.missingMs });
    notice(
      `The data of redis are older than they were: about the last ${Math.round(verdict.missingMs / 1_000)} s are missing. Has an old copy been put in place?`,
    );
  }

  async #settleFormat(redis: Redis, redisVersion: string): Promise<void> {
    const { clock, keys, version, steps } = this.#options;
    const backup = (): Promise<void> => this.#backUp(redisVersion);
    await settleKeyFormat({ redis, keys, version, clock, backup, ...(steps === undefined ? {} : { steps }) }).catch((error: unknown) => {
      if (!(error instanceof RoostError) || error.code !== 'newer-state') throw error;
      // The host stays up: an older backup may be put back by hand.
      throw new RoostError('redis-failed', `RECOVERY: ${error.message} \`roost backup list\` names the backups, \`roost restore NAME\` puts one back`, {
        details: needsAPerson,
        cause: error,
      });
    });
  }

  /** As they lie there: nobody writes to them before they are verified. */
  async #backUp(redisVersion: string): Promise<void> {
    const { clock, dataDir, log } = this.#options;
    const name = backupName(clock.wallMs());
    const draft = join(dataDir, 'backup', `${name}.draft`);
    try {
      const parts = await copyAof(this.dir, draft);
      await sealBackup(draft, join(dataDir, 'backup', name), { atMs: clock.wallMs(), reason: 'upgrade', verifiedBy: 'checksums', redisVersion }, parts);
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
    log.info('redis was backed up before its data are changed to a newer format', { name });
  }

  /** Notes how far the data have come, in them and beside them. Rejects with what Redis says. */
  raise(redis: Redis): Promise<void> {
    const { clock, log, keys } = this.#options;
    const fileError = (error: unknown): void => log.debug('the mark of the data of redis could not be noted beside them', { error });
    return this.#epoch.raise(clock, redis, keys.epoch, fileError);
  }

  /** Called while the server is down and other files take the place of the present ones. */
  replaced(): Promise<void> {
    return this.#epoch.forgetProgress();
  }
}
