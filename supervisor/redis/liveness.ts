import type { RedisAddress } from '../../contract/messages.js';
import type { Clock, Timer } from '../../core/base/clock.js';
import { type Log, silentLog } from '../../core/base/log.js';
import { Scope } from '../../core/base/scope.js';
import { callDeadlineMs, connect, type Redis } from '../../core/redis/connection.js';
import { type Pulse, ping, pulseOf } from './probe.js';

export interface LivenessTuning {
  readonly periodMs: number;
  readonly deadlineMs: number;
  /** Silent pulses in a row that mean death. */
  readonly misses: number;
}

export interface LivenessWrite {
  readonly everyMs: number;
  act(redis: Redis): Promise<void>;
}

export const livenessTuning: LivenessTuning = { periodMs: 2_000, deadlineMs: callDeadlineMs, misses: 3 };

/** While it refuses work the pulse is felt this often: its recovery is to be seen at once. */
const troubledPeriodMs = 500;

/** Feels the pulse of a server in a steady rhythm. `onSilent` fires at each miss with their number in a row; loading, busy and full disk are states, not silence. */
export class Liveness {
  readonly #clock: Clock;
  readonly #address: RedisAddress;
  readonly #tuning: LivenessTuning;
  readonly #onPulse: (pulse: Pulse, silentInARow: number) => void;
  readonly #write: LivenessWrite | undefined;
  readonly #scope: Scope;
  #soon: Timer | undefined;
  #feeling = false;
  #wroteMono = Number.NEGATIVE_INFINITY;
  #troubled = false;
  #redis: Redis | undefined;
  #silent = 0;
  #answeredMono: number;

  constructor(options: {
    readonly clock: Clock;
    readonly log: Log;
    readonly address: RedisAddress;
    readonly tuning: LivenessTuning;
    readonly onPulse: (pulse: Pulse, silentInARow: number) => void;
    /** A PING proves no write: a server whose memory is full answers it. */
    readonly write?: LivenessWrite;
  }) {
    this.#clock = options.clock;
    this.#address = options.address;
    this.#tuning = options.tuning;
    this.#onPulse = options.onPulse;
    this.#write = options.write;
    this.#answeredMono = options.clock.monoMs();
    this.#scope = new Scope(options.clock, (name, error) => options.log.error(`liveness of redis: ${name} failed`, { error }));
  }

  start(): void {
    this.#scope.add('connection', () => this.#redis?.disconnect());
    this.#scope.add('next', () => this.#soon?.cancel());
    this.#scope.every('pulse', this.#tuning.periodMs, () => this.#feel());
  }

  /** When the last pulse was felt; before the first one, since when it is looked for. */
  get answeredMono(): number {
    return this.#answeredMono;
  }

  /** One pulse out of turn, when nobody wants to wait for the first period. */
  feelNow(): void {
    void this.#feel();
  }

  async stop(): Promise<void> {
    await this.#scope.close();
  }

  async #feel(): Promise<void> {
    if (this.#feeling) return;
    this.#feeling = true;
    try {
      await this.#feelOnce();
    } finally {
      this.#feeling = false;
    }
  }

  async #feelOnce(): Promise<void> {
    if (this.#redis === undefined || this.#redis.status === 'end') this.#redis = connect(this.#address, 'probe', 'roost-liveness', silentLog);
    const askedMono = this.#clock.monoMs();
    const answered = await ping(this.#clock, this.#redis, this.#tuning.deadlineMs);
    const pulse = answered.kind === 'alive' ? await this.#tryWrite(this.#redis) : answered;
    if (this.#scope.closed) {
      this.#redis.disconnect();
      return;
    }
    if (pulse.kind !== 'silent') this.#answeredMono = askedMono;
    // The next question goes over a fresh connection: this one may lead nowhere any more.
    if (pulse.kind === 'silent') this.#redis.disconnect();
    this.#silent = pulse.kind === 'silent' ? this.#silent + 1 : 0;
    this.#troubled = pulse.kind === 'troubled';
    this.#soon?.cancel();
    const nextMs = this.#nextMs(pulse, this.#clock.monoMs() - askedMono);
    if (nextMs !== undefined) this.#soon = this.#clock.after(nextMs, () => void this.#feel());
    this.#onPulse(pulse, this.#silent);
  }

  /** Undefined: the rhythm will do. A pulse that waited for its whole deadline slept through the next beat: without one at once three misses take 12 s instead of 8. */
  #nextMs(pulse: Pulse, tookMs: number): number | undefined {
    if (pulse.kind === 'troubled') return Math.min(troubledPeriodMs, this.#tuning.periodMs);
    return pulse.kind === 'silent' && tookMs >= this.#tuning.periodMs ? 0 : undefined;
  }

  async #tryWrite(redis: Redis): Promise<Pulse> {
    const now = this.#clock.monoMs();
    if (this.#write === undefined || (!this.#troubled && now - this.#wroteMono < this.#write.everyMs)) return { kind: 'alive' };
    try {
      await this.#write.act(redis);
      this.#wroteMono = now;
      return { kind: 'alive' };
    } catch (error) {
      return pulseOf(error);
    }
  }
}
