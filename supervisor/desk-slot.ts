import { RoostError } from '../contract/errors.js';
import type { TurnView } from '../contract/state.js';
import type { Clock } from '../core/base/clock.js';
import type { Log } from '../core/base/log.js';
import { Scope } from '../core/base/scope.js';
import { Desk, type DeskOptions } from './desk.js';

export interface DeskSlotOptions {
  readonly clock: Clock;
  readonly log: Log;
  desk(): DeskOptions;
  onTurnEnded(turn: TurnView): void;
  /** Why no desk may be used at this moment although there is one. */
  refusal(): RoostError | undefined;
}

/** The one place for the desk: empty until Redis has served, empty again while its data are replaced. */
export class DeskSlot {
  readonly #options: DeskSlotOptions;
  #desk: Desk | undefined;
  #scope: Scope | undefined;

  constructor(options: DeskSlotOptions) {
    this.#options = options;
  }

  /** For observers: undefined while there is none. */
  get current(): Desk | undefined {
    return this.#desk;
  }

  /** For requests: throws `shutting-down` or `redis-unavailable` with the reason. */
  require(): Desk {
    const refusal = this.#options.refusal();
    if (refusal !== undefined) throw refusal;
    if (this.#desk !== undefined) return this.#desk;
    throw new RoostError('redis-unavailable', 'Roost is still starting: Redis does not serve yet; try again in a moment.', { retryAfterMs: 1_000 });
  }

  async open(): Promise<void> {
    const { clock, log } = this.#options;
    const scope = new Scope(clock, (step, error) => log.warn('the desk failed in a step', { step, error }));
    this.#scope = scope;
    const desk = new Desk(this.#options.desk());
    scope.add('connections', () => desk.close());
    await desk.open();
    scope.add(
      'ends of turns',
      desk.feed.onEnd((turn) => this.#options.onTurnEnded(turn)),
    );
    this.#desk = desk;
  }

  /** Takes no more requests and finishes what it holds; connections stay for `close`. */
  async stop(): Promise<void> {
    await this.#desk?.stop();
  }

  /** False when there was none. */
  async close(deadlineMs = 4_000): Promise<boolean> {
    const desk = this.#desk;
    this.#desk = undefined;
    await desk?.stop();
    await this.#scope?.close(deadlineMs);
    return desk !== undefined;
  }
}
