import type { RedisAddress } from '../../contract/messages.js';
import type { Clock } from '../../core/base/clock.js';
import { type Log, silentLog } from '../../core/base/log.js';
import { Scope } from '../../core/base/scope.js';
import { callDeadlineMs, connect, type Redis } from '../../core/redis/connection.js';
import { type Pulse, ping } from './probe.js';

export interface LivenessTuning {
  readonly periodMs: number;
  readonly deadlineMs: number;
  /** Silent pulses in a row that mean death. */
  readonly misses: number;
}

export const livenessTuning: LivenessTuning = { periodMs: 2_000, deadlineMs: callDeadlineMs, misses: 3 };

/** Feels the pulse of a server in a steady rhythm. `onSilent` fires at each miss with their number in a row; loading, busy and full disk are states, not silence. */
export class Liveness {
  readonly #clock: Clock;
  readonly #address: RedisAddress;
  readonly #tuning: LivenessTuning;
  readonly #onPulse: (pulse: Pulse, silentInARow: number) => void;
  readonly #scope: Scope;
  #redis: Redis | undefined;
  #silent = 0;

  constructor(options: {
    readonly clock: Clock;
    readonly log: Log;
    readonly address: RedisAddress;
    readonly tuning: LivenessTuning;
    readonly onPulse: (pulse: Pulse, silentInARow: number) => void;
  }) {
    this.#clock = options.clock;
    this.#address = options.address;
    this.#tuning = options.tuning;
    this.#onPulse = options.onPulse;
    this.#scope = new Scope(options.clock, (name, error) => options.log.error(`liveness of redis: ${name} failed`, { error }));
  }

  start(): void {
    this.#scope.add('connection', () => this.#redis?.disconnect());
    this.#scope.every('pulse', this.#tuning.periodMs, () => this.#feel());
  }

  /** One pulse out of turn, when nobody wants to wait for the first period. */
  feelNow(): void {
    void this.#feel();
  }

  async stop(): Promise<void> {
    await this.#scope.close();
  }

  async #feel(): Promise<void> {
    if (this.#redis === undefined || this.#redis.status === 'end') this.#redis = connect(this.#address, 'probe', 'roost-liveness', silentLog);
    const pulse = await ping(this.#clock, this.#redis, this.#tuning.deadlineMs);
    if (this.#scope.closed) {
      this.#redis.disconnect();
      return;
    }
    this.#silent = pulse.kind === 'silent' ? this.#silent + 1 : 0;
    this.#onPulse(pulse, this.#silent);
  }
}
