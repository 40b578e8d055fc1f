import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../contract/config.js';
import { RoostError } from '../../contract/errors.js';
import type { RedisAddress } from '../../contract/messages.js';
import type { ProcessView } from '../../contract/state.js';
import type { Clock, Random } from '../../core/base/clock.js';
import { Emitter } from '../../core/base/emitter.js';
import type { Log } from '../../core/base/log.js';
import type { Keys } from '../../core/redis/keys.js';
import type { LifeRecord } from '../process/life-record.js';
import type { RestartBudget } from '../process/restart-budget.js';
import { SupervisedProcess } from '../process/supervised-process.js';
import type { Launch, Launcher } from '../process/types.js';
import { checkerBeside, sizeOf } from './aof-files.js';
import { adminUser, queueUser, redisConf } from './config.js';
import { EpochFile, markEveryMs } from './epoch.js';
import { chooseListen, type Listen } from './listen.js';
import { Liveness, type LivenessTuning, livenessTuning } from './liveness.js';
import type { LocateOptions } from './locate.js';
import { type Pulse, untilServing, withProbe } from './probe.js';
import type { RedisHost } from './redis-host.js';
import { RedisProgram } from './redis-program.js';
import { AofRepair } from './repair.js';
import type { RedisProduct } from './version-floor.js';

export interface ManagedRedisOptions {
  readonly launcher: Launcher;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly dataDir: string;
  readonly keys: Keys;
  readonly locate: LocateOptions;
  readonly config: Pick<Config['redis'], 'appendfsync' | 'maxMemory'> & Partial<Pick<Config['redis'], 'allowOutdated'>>;
  readonly tuning?: Partial<LivenessTuning>;
  readonly budget?: RestartBudget;
  readonly record?: LifeRecord;
  /** Told of what must not stand in any log. */
  readonly keepSecret?: (value: string) => void;
}

const bytesPerLoadSecond = 20 * 1024 ** 2;
const ladder = { termAfterMs: 0, killAfterMs: 5_000 };

/** A private Redis of Roost's own, supervised like every other process. Its passwords live as long as this object, so connections find back after a restart. */
export class ManagedRedis implements RedisHost {
  readonly mode = 'managed';
  readonly process: SupervisedProcess;
  readonly #options: ManagedRedisOptions;
  readonly #redisDir: string;
  readonly #runDir: string;
  readonly #epoch: EpochFile;
  readonly #repair: AofRepair;
  readonly #secrets = { admin: secret(), queue: secret() };
  readonly #changes = new Emitter<void>();
  readonly #readiness = new Emitter<void>();
  readonly #notices = new Emitter<string>();
  readonly #program: RedisProgram;
  #listen: Listen | undefined;
  #nonceUser = '';
  #version: string | null = null;
  #product: RedisProduct = 'redis';
  #trouble: Extract<Pulse, { kind: 'troubled' }> | null = null;
  #liveness: Liveness | undefined;
  #aofBytes = 0;

  constructor(options: ManagedRedisOptions) {
    this.#options = options;
    this.#redisDir = join(options.dataDir, 'redis');
    this.#runDir = join(options.dataDir, 'run');
    this.#program = new RedisProgram(options);
    this.#epoch = new EpochFile(join(options.dataDir, 'redis-epoch'), this.#redisDir);
    this.#repair = new AofRepair({
      launcher: options.launcher,
      clock: options.clock,
      log: options.log,
      redisDir: this.#redisDir,
      backupDir: join(options.dataDir, 'backup'),
      onRepaired: (message) => this.#notices.emit(message),
    });
    for (const value of Object.values(this.#secrets)) options.keepSecret?.(value);
    const { launcher, clock, random, log } = options;
    const startTimeoutMs = (): number => 60_000 + Math.ceil((this.#aofBytes / bytesPerLoadSecond) * 1_000);
    this.process = new SupervisedProcess({
      name: 'redis',
      kind: 'redis',
      required: true,
      launcher,
      clock,
      random,
      log,
      ...(options.budget === undefined ? {} : { budget: options.budget }),
      ...(options.record === undefined ? {} : { record: options.record }),
      spec: {
        launch: () => this.#launch(),
        ready: (_incarnation, signal) => this.#ready(signal),
        get startTimeoutMs() {
          return startTimeoutMs();
        },
        ladder,
        onReady: () => this.#onReady(),
        onExit: () => this.#onExit(),
      },
    });
  }

  /** Where its files lie and what they are: for copies of them. `server` is the program, once it was found. */
  get files(): { readonly redisDir: string; readonly server: string | undefined } {
    return { redisDir: this.#redisDir, server: this.#program.path };
  }

  /** It refuses to start over data that are gone or damaged: a person has to say what is to become of them. */
  get needsRecovery(): boolean {
    const status = this.process.status;
    return status.kind === 'failed' && status.detail.includes('RECOVERY:');
  }

  /** Called while it is down and other files take the place of the present ones. */
  filesReplaced(): Promise<void> {
    return this.#epoch.forgetProgress();
  }

  get version(): string | null {
    return this.#version;
  }

  get product(): RedisProduct {
    return this.#product;
  }

  get versionNote(): string | null {
    return this.#program.versionNote;
  }

  get trouble(): RedisHost['trouble'] {
    return this.#trouble;
  }

  start(): void {
    this.process.onChange(() => this.#changes.emit());
    this.process.start();
  }

  async stop(why: string): Promise<void> {
    await this.process.retire(why);
    await this.#liveness?.stop();
  }

  address(): RedisAddress {
    return this.#addressOf(queueUser, this.#secrets.queue);
  }

  adminAddress(): RedisAddress {
    return this.#addressOf(adminUser, this.#secrets.admin);
  }

  view(): ProcessView {
    const view = this.process.view();
    return this.#trouble === null || view.state !== 'running' ? view : { ...view, detail: this.#trouble.message };
  }

  setUsage(usage: { readonly rssBytes: number | null; readonly cpuPercent: number | null }): void {
    this.process.setUsage(usage);
  }

  onChange(listener: () => void): () => void {
    return this.#changes.on(listener);
  }

  onReady(listener: () => void): () => void {
    return this.#readiness.on(listener);
  }

  /** What a person should know about the data: a repair, writes that are missing. */
  onNotice(listener: (message: string) => void): () => void {
    return this.#notices.on(listener);
  }

  async #launch(): Promise<Launch> {
    const { dataDir, locate: where, config } = this.#options;
    const found = await this.#program.find();
    for (const dir of [dataDir, this.#redisDir, this.#runDir]) {
      await mkdir(dir, { recursive: true, mode: 0o700 });
      await chmod(dir, 0o700);
    }
    await this.#epoch.refuseWhenFilesAreGone();
    await this.#repair.repairIfDamaged(found.path);
    this.#aofBytes = await sizeOf(join(this.#redisDir, 'appendonlydir'));
    this.#listen = await chooseListen(where.platform, join(this.#runDir, 'redis.sock'), this.#listen);
    this.#nonceUser = `roost-run-${randomBytes(12).toString('hex')}`;
    const text = redisConf({
      listen: this.#listen,
      dir: this.#redisDir,
      appendfsync: config.appendfsync,
      maxMemoryBytes: config.maxMemory,
      flavour: found.flavour,
      version: found.version,
      adminHash: hashOf(this.#secrets.admin),
      queueHash: hashOf(this.#secrets.queue),
      nonceUser: this.#nonceUser,
      checker: (await checkerBeside(found.path)) !== undefined,
    });
    this.#repair.starting();
    return { name: 'redis', kind: 'redis', program: { command: [found.path, '-'] }, cwd: this.#redisDir, env: {}, stdin: { text }, wire: 'none' };
  }

  async #ready(signal: AbortSignal): Promise<void> {
    const { clock, log, keys, config } = this.#options;
    const address = this.adminAddress();
    const info = await untilServing({ clock, address, nonceUser: this.#nonceUser, signal, log });
    const verdict = await withProbe(clock, address, (redis) => this.#epoch.verify(clock, redis, keys.epoch, config.appendfsync));
    this.#version = info.version;
    this.#product = info.product;
    if (verdict.kind !== 'older') return;
    log.warn('the data of redis are older than they were', { missingMs: verdict.missingMs });
    this.#notices.emit(
      `The data of redis are older than they were: about the last ${Math.round(verdict.missingMs / 1_000)} s are missing. Has an old copy been put in place?`,
    );
  }

  #onReady(): void {
    const { clock, log, tuning, keys } = this.#options;
    this.#repair.started();
    const full = { ...livenessTuning, ...tuning };
    const fileError = (error: unknown): void => log.debug('the mark of the data of redis could not be noted beside them', { error });
    this.#liveness = new Liveness({
      clock,
      log,
      address: this.adminAddress(),
      tuning: full,
      onPulse: (pulse, silent) => this.#onPulse(pulse, silent, full),
      write: { everyMs: markEveryMs, act: (redis) => this.#epoch.raise(clock, redis, keys.epoch, fileError) },
    });
    this.#liveness.start();
    this.#readiness.emit();
  }

  #onExit(): void {
    void this.#liveness?.stop();
    this.#liveness = undefined;
    this.#trouble = null;
    // A server that was just installed, replaced or removed is looked for again.
    this.#program.forget();
  }

  #onPulse(pulse: Pulse, silentInARow: number, tuning: LivenessTuning): void {
    const before = this.#trouble?.code;
    if (pulse.kind !== 'silent') this.#trouble = pulse.kind === 'troubled' ? pulse : null;
    if (this.#trouble?.code !== before) {
      this.#options.log.warn(this.#trouble?.message ?? 'redis takes all commands again');
      this.#changes.emit();
    }
    if (pulse.kind === 'silent' && silentInARow >= tuning.misses)
      this.process.condemn('unresponsive', `no answer to ${silentInARow} PINGs of ${tuning.deadlineMs} ms each: ${pulse.why}`, this.#liveness?.answeredMono);
  }

  #addressOf(username: string, password: string): RedisAddress {
    if (this.#listen === undefined) throw new RoostError('redis-unavailable', 'Redis has not been started yet.', { retryAfterMs: 1_000 });
    return 'path' in this.#listen ? { path: this.#listen.path, username, password } : { host: '127.0.0.1', port: this.#listen.port, username, password };
  }
}

const secret = (): string => randomBytes(32).toString('hex');
const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');
