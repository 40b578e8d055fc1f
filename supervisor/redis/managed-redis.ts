import { join } from 'node:path';
import type { Config } from '../../contract/config.js';
import type { RedisAddress } from '../../contract/messages.js';
import type { ProcessView } from '../../contract/state.js';
import type { Clock, Random } from '../../core/base/clock.js';
import { Emitter } from '../../core/base/emitter.js';
import type { Log } from '../../core/base/log.js';
import type { Keys } from '../../core/redis/keys.js';
import type { FormatStep } from '../data-format/format-steps.js';
import type { LifeRecord } from '../process/life-record.js';
import type { RestartBudget } from '../process/restart-budget.js';
import { SupervisedProcess } from '../process/supervised-process.js';
import type { Launch, Launcher } from '../process/types.js';
import { checkerBeside } from './aof-files.js';
import { redisConf } from './config.js';
import { Liveness, type LivenessTuning, livenessTuning } from './liveness.js';
import type { LocateOptions } from './locate.js';
import { type Pulse, untilServing } from './probe.js';
import { RedisAccess } from './redis-access.js';
import { RedisData } from './redis-data.js';
import type { RedisHost } from './redis-host.js';
import { RedisProgram } from './redis-program.js';
import type { RedisProduct } from './version-floor.js';

export interface ManagedRedisOptions {
  readonly launcher: Launcher;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly dataDir: string;
  readonly keys: Keys;
  /** Of this Roost: what may be written by later ones is refused. */
  readonly version: string;
  readonly steps?: readonly FormatStep[];
  readonly locate: LocateOptions;
  readonly config: Pick<Config['redis'], 'appendfsync' | 'maxMemory'> & Partial<Pick<Config['redis'], 'allowOutdated'>>;
  readonly tuning?: Partial<LivenessTuning>;
  readonly budget?: RestartBudget;
  readonly record?: LifeRecord;
  /** Told of what must not stand in any log. */
  readonly keepSecret?: (value: string) => void;
}

const ladder = { termAfterMs: 0, killAfterMs: 5_000 };

/** A private Redis of Roost's own, supervised like every other process. */
export class ManagedRedis implements RedisHost {
  readonly mode = 'managed';
  readonly process: SupervisedProcess;
  readonly #options: ManagedRedisOptions;
  readonly #data: RedisData;
  readonly #access: RedisAccess;
  readonly #changes = new Emitter<void>();
  readonly #readiness = new Emitter<void>();
  readonly #notices = new Emitter<string>();
  readonly #program: RedisProgram;
  #version: string | null = null;
  #product: RedisProduct = 'redis';
  #trouble: Extract<Pulse, { kind: 'troubled' }> | null = null;
  #liveness: Liveness | undefined;

  constructor(options: ManagedRedisOptions) {
    this.#options = options;
    this.#data = new RedisData({
      launcher: options.launcher,
      clock: options.clock,
      log: options.log,
      dataDir: options.dataDir,
      keys: options.keys,
      appendfsync: options.config.appendfsync,
      notice: (message) => this.#notices.emit(message),
      version: options.version,
      ...(options.steps === undefined ? {} : { steps: options.steps }),
    });
    this.#program = new RedisProgram(options);
    this.#access = new RedisAccess({
      platform: options.locate.platform,
      socketPath: join(this.#data.runDir, 'redis.sock'),
      ...(options.keepSecret === undefined ? {} : { keepSecret: options.keepSecret }),
    });
    const { launcher, clock, random, log } = options;
    const startTimeoutMs = (): number => 60_000 + this.#data.loadMs;
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
    return { redisDir: this.#data.dir, server: this.#program.path };
  }

  /** It refuses to start over data that are gone or damaged: a person has to say what is to become of them. */
  get needsRecovery(): boolean {
    const status = this.process.status;
    return status.kind === 'failed' && status.detail.includes('RECOVERY:');
  }

  /** Called while it is down and other files take the place of the present ones. */
  filesReplaced(): Promise<void> {
    return this.#data.replaced();
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
    return this.#access.address();
  }

  adminAddress(): RedisAddress {
    return this.#access.adminAddress();
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
    const { config } = this.#options;
    const found = await this.#program.find();
    await this.#data.prepare(found.path);
    const text = redisConf({
      ...(await this.#access.renew()),
      dir: this.#data.dir,
      appendfsync: config.appendfsync,
      maxMemoryBytes: config.maxMemory,
      flavour: found.flavour,
      version: found.version,
      checker: (await checkerBeside(found.path)) !== undefined,
    });
    this.#data.starting();
    return { name: 'redis', kind: 'redis', program: { command: [found.path, '-'] }, cwd: this.#data.dir, env: {}, stdin: { text }, wire: 'none' };
  }

  async #ready(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    const address = this.adminAddress();
    const info = await untilServing({ clock, address, nonceUser: this.#access.nonceUser, signal, log });
    await this.#data.verify(address, info.version);
    this.#version = info.version;
    this.#product = info.product;
  }

  #onReady(): void {
    const { clock, log, tuning } = this.#options;
    this.#data.started();
    const full = { ...livenessTuning, ...tuning };
    this.#liveness = new Liveness({
      clock,
      log,
      address: this.adminAddress(),
      tuning: full,
      onPulse: (pulse, silent) => this.#onPulse(pulse, silent, full),
      write: { everyMs: this.#data.raiseEveryMs, act: (redis) => this.#data.raise(redis) },
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
}
