import type { Clock, Timer } from '../../core/base/clock.js';
import type { StopLadder } from './types.js';

export interface TerminationSteps {
  message(message: unknown): void;
  term(signal: NodeJS.Signals): void;
  /** May be called again: a process that forks while it is killed needs a second round. */
  kill(): void;
}

const killAgainMs = 1_000;

/** Walks one ladder: message, polite signal, SIGKILL of the tree until the exit is seen. A later, shorter ladder only shortens it. */
export class Termination {
  readonly #clock: Clock;
  readonly #steps: TerminationSteps;
  #messageSent = false;
  #termSent = false;
  #signal: NodeJS.Signals = 'SIGTERM';
  #killing = false;
  #ended = false;
  #termAtMs = Number.POSITIVE_INFINITY;
  #killAtMs = Number.POSITIVE_INFINITY;
  #termTimer: Timer | undefined;
  #killTimer: Timer | undefined;

  constructor(options: { readonly clock: Clock; readonly steps: TerminationSteps }) {
    this.#clock = options.clock;
    this.#steps = options.steps;
  }

  walk(ladder: StopLadder): void {
    if (this.#ended || this.#killing) return;
    const nowMs = this.#clock.monoMs();
    this.#signal = ladder.signal ?? this.#signal;
    if (ladder.message !== undefined && !this.#messageSent) {
      this.#messageSent = true;
      this.#steps.message(ladder.message);
    }
    const termAtMs = nowMs + ladder.termAfterMs;
    if (!this.#termSent && termAtMs < this.#termAtMs) {
      this.#termAtMs = termAtMs;
      this.#termTimer?.cancel();
      if (ladder.termAfterMs <= 0) this.#term();
      else this.#termTimer = this.#clock.after(ladder.termAfterMs, () => this.#term());
    }
    const killAtMs = nowMs + ladder.killAfterMs;
    if (killAtMs < this.#killAtMs) {
      this.#killAtMs = killAtMs;
      this.#killTimer?.cancel();
      if (ladder.killAfterMs <= 0) this.#kill();
      else this.#killTimer = this.#clock.after(ladder.killAfterMs, () => this.#kill());
    }
  }

  /** The exit is seen. */
  end(): void {
    this.#ended = true;
    this.#termTimer?.cancel();
    this.#killTimer?.cancel();
  }

  #term(): void {
    if (this.#ended || this.#termSent || this.#killing) return;
    this.#termSent = true;
    this.#steps.term(this.#signal);
  }

  #kill(): void {
    if (this.#ended) return;
    this.#killing = true;
    this.#termTimer?.cancel();
    this.#steps.kill();
    this.#killTimer = this.#clock.after(killAgainMs, () => this.#kill());
  }
}
