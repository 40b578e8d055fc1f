import type { Clock } from '../core/base/clock.js';
import type { Log } from '../core/base/log.js';
import { Scope } from '../core/base/scope.js';
import type { ArmStore } from '../core/coordinator/arm-store.js';

const periodMs = 1_000;

/** Settles the rewards whose feedback window has ended. Several workers doing so settle each of them once. */
export class Settlement {
  readonly #arms: Pick<ArmStore, 'settleDue'>;
  readonly #clock: Clock;
  readonly #scope: Scope;

  constructor(options: { readonly arms: Pick<ArmStore, 'settleDue'>; readonly clock: Clock; readonly log: Log }) {
    this.#arms = options.arms;
    this.#clock = options.clock;
    // Nothing is lost by a failed round: what is due stays due.
    this.#scope = new Scope(options.clock, (_name, error) => options.log.warn('rewards could not be settled, trying again', { error }));
  }

  start(): void {
    this.#scope.every('settlement', periodMs, async () => void (await this.#arms.settleDue(this.#clock.wallMs())));
  }

  stop(): Promise<void> {
    return this.#scope.close(1_000);
  }
}
