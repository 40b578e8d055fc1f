import { toErrorBody } from '../../contract/errors.js';
import type { RedisAddress } from '../../contract/messages.js';
import type { ExitView, ProcessView } from '../../contract/state.js';
import type { Clock } from '../../core/base/clock.js';
import { Emitter } from '../../core/base/emitter.js';
import { type Log, redact } from '../../core/base/log.js';
import { call } from '../../core/redis/connection.js';
import type { Keys } from '../../core/redis/keys.js';
import type { FormatStep } from '../data-format/format-steps.js';
import { settleKeyFormat } from '../data-format/key-format.js';
import { Liveness, type LivenessTuning, livenessTuning } from './liveness.js';
import { type Pulse, readInfo, withProbe } from './probe.js';
import type { RedisHost } from './redis-host.js';
import { floorVerdict, type RedisProduct } from './version-floor.js';

export interface ExternalRedisOptions {
  readonly url: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly keys: Keys;
  /** Of this Roost: keys of later ones are refused. */
  readonly version: string;
  readonly steps?: readonly FormatStep[];
  readonly tuning?: Partial<LivenessTuning>;
}

type Status = 'stopped' | 'starting' | 'running' | 'failed';

/** A Redis that somebody else runs (REDIS_URL): watched, never started, stopped or changed. */
export class ExternalRedis implements RedisHost {
  readonly mode = 'external';
  readonly needsRecovery = false;
  readonly #options: ExternalRedisOptions;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #address: RedisAddress;
  readonly #tuning: LivenessTuning;
  readonly #changes = new Emitter<void>();
  readonly #readiness = new Emitter<void>();
  #status: Status = 'stopped';
  #detail = 'Not watched.';
  #version: string | null = null;
  #product: RedisProduct = 'redis';
  #trouble: RedisHost['trouble'] = null;
  #startedAtMs: number | null = null;
  #readyAtMs: number | null = null;
  #outages = 0;
  /** How it was lost last: for us that is what the end of a process is. */
  #lost: ExitView | null = null;
  #liveness: Liveness | undefined;

  constructor(options: ExternalRedisOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#address = { url: options.url };
    this.#tuning = { ...livenessTuning, ...options.tuning };
    this.#detail = `Not watched (${String(redact(options.url))}).`;
  }

  get version(): string | null {
    return this.#version;
  }

  get product(): RedisProduct {
    return this.#product;
  }

  get versionNote(): string | null {
    return floorVerdict(this.#product, this.#version).message;
  }

  get trouble(): RedisHost['trouble'] {
    return this.#trouble;
  }

  start(): void {
    if (this.#status !== 'stopped') return;
    this.#startedAtMs = this.#clock.wallMs();
    this.#become('starting', 'Waiting for the external Redis to answer.');
    this.#liveness = new Liveness({
      clock: this.#clock,
      log: this.#log,
      address: this.#address,
      tuning: this.#tuning,
      onPulse: (pulse, silent) => void this.#onPulse(pulse, silent),
    });
    this.#liveness.start();
    this.#liveness.feelNow();
  }

  async stop(why: string): Promise<void> {
    await this.#liveness?.stop();
    this.#liveness = undefined;
    this.#become('stopped', `No longer watched: ${why}`);
  }

  address(): RedisAddress {
    return this.#address;
  }

  adminAddress(): RedisAddress {
    return this.#address;
  }

  view(): ProcessView {
    const running = this.#status === 'running';
    return {
      name: 'redis',
      kind: 'redis',
      state: this.#status,
      required: true,
      detail: running && this.#trouble !== null ? this.#trouble.message : this.#detail,
      pid: null,
      incarnation: this.#outages + 1,
      startedAtMs: this.#startedAtMs,
      readyAtMs: this.#readyAtMs,
      uptimeMs: running && this.#readyAtMs !== null ? Math.max(0, this.#clock.wallMs() - this.#readyAtMs) : null,
      restarts: 0,
      manualRestarts: 0,
      retryAtMs: null,
      lastExit: this.#lost,
      rssBytes: null,
      cpuPercent: null,
      mtbfMs: null,
      can: { start: false, stop: false, restart: false },
    };
  }

  setUsage(): void {}

  onChange(listener: () => void): () => void {
    return this.#changes.on(listener);
  }

  onReady(listener: () => void): () => void {
    return this.#readiness.on(listener);
  }

  async #onPulse(pulse: Pulse, silentInARow: number): Promise<void> {
    if (pulse.kind === 'silent') {
      if (this.#status === 'running' && silentInARow >= this.#tuning.misses) {
        this.#outages++;
        this.#log.error('the external Redis does not answer', { why: pulse.why });
        this.#lost = this.#lostNow(`no answer to ${silentInARow} PINGs: ${pulse.why}`);
        this.#become('starting', `The external Redis does not answer: ${pulse.why}`);
      } else if (this.#status === 'starting' && this.#detail !== pulse.why) this.#become('starting', pulse.why);
      return;
    }
    if (pulse.kind === 'troubled') this.#trouble = pulse;
    else if (this.#trouble?.code !== 'eviction') this.#trouble = null;
    if (!this.#awaited) return this.#changes.emit();
    if (pulse.kind === 'troubled' && pulse.code === 'loading') return;
    await this.#inspect();
    if (!(await this.#settleFormat()) || !this.#awaited) return;
    this.#readyAtMs = this.#clock.wallMs();
    this.#become('running', `An external Redis ${this.#version ?? ''}`.trim());
    this.#readiness.emit();
  }

  /** It does not serve yet; where it was refused, a person may have set that right meanwhile. */
  get #awaited(): boolean {
    return this.#status === 'starting' || this.#status === 'failed';
  }

  /** True when its keys are such as this Roost works with. */
  async #settleFormat(): Promise<boolean> {
    const { keys, version, steps } = this.#options;
    try {
      const known = { keys, version, clock: this.#clock, backup: null, ...(steps === undefined ? {} : { steps }) };
      await withProbe(this.#clock, this.#address, (redis) => settleKeyFormat({ redis, ...known }));
      return true;
    } catch (error) {
      const { code, message } = toErrorBody(error);
      if (this.#awaited && this.#detail !== message) {
        this.#log.error('the external Redis cannot be worked with', { error });
        this.#lost = this.#lostNow(message, 'config');
        this.#become(code === 'newer-state' ? 'failed' : 'starting', message);
      }
      return false;
    }
  }

  /** What a stranger's server allows us to know: some forbid INFO, which is no reason to refuse it. */
  async #inspect(): Promise<void> {
    try {
      const info = readInfo(await withProbe(this.#clock, this.#address, (redis) => call(this.#clock, redis.info())));
      this.#version = info.version;
      this.#product = info.product;
      if (info.evictionPolicy === 'noeviction' || info.evictionPolicy === 'unknown') return;
      this.#trouble = {
        code: 'eviction',
        message: `The external Redis evicts keys (maxmemory-policy ${info.evictionPolicy}) and may lose jobs; set it to noeviction.`,
      };
      this.#log.warn(this.#trouble.message);
    } catch (error) {
      this.#log.warn('the external Redis tells nothing about itself', { error });
    }
  }

  #lostNow(message: string, cause: ExitView['cause'] = 'unresponsive'): ExitView {
    const atMs = this.#clock.wallMs();
    const silentMs = this.#clock.monoMs() - (this.#liveness?.answeredMono ?? this.#clock.monoMs());
    return { atMs, cause, code: null, signal: null, message, lastSignAtMs: Math.round(atMs - silentMs), detectedAtMs: atMs };
  }

  #become(status: Status, detail: string): void {
    this.#status = status;
    this.#detail = detail;
    this.#changes.emit();
  }
}
