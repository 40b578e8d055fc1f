import type { Clock, Timer } from './clock.js';
import { within } from './deadline.js';

type Release = () => void | Promise<void>;

/** A step that keeps failing in the same words is told again after this long, not at every round: an outage must not fill the log. */
const tellAgainMs = 60_000;

/**
 * Owns what a service makes: every listener, timer and child is registered on the line that makes
 * it and released in reverse order. `close` is idempotent, guards each step and always ends.
 */
export class Scope {
  readonly #clock: Clock;
  readonly #onError: (name: string, error: unknown) => void;
  readonly #releases: { readonly name: string; readonly release: Release }[] = [];
  readonly #abort = new AbortController();
  #closing: Promise<void> | undefined;

  constructor(clock: Clock, onError: (name: string, error: unknown) => void = () => undefined) {
    this.#clock = clock;
    this.#onError = onError;
  }

  /** Aborts the moment closing begins: pass it to every wait. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get closed(): boolean {
    return this.#abort.signal.aborted;
  }

  /** Registers a release; after closing it runs at once, so that a late resource cannot leak. */
  add(name: string, release: Release): void {
    if (this.closed) void this.#run(name, release, 5_000);
    else this.#releases.push({ name, release });
  }

  /** Like `every`, with a period that is asked for anew after each round: it may be a setting that changes. */
  everyNow(name: string, periodMs: () => number, task: () => void | Promise<void>): void {
    let timer: Timer | undefined;
    const round = this.#telling(name, task);
    const next = (): void => {
      if (this.closed) return;
      timer = this.#clock.after(periodMs(), () => {
        void round().finally(next);
      });
    };
    next();
    this.add(name, () => timer?.cancel());
  }

  every(name: string, periodMs: number, task: () => void | Promise<void>): void {
    let running = false;
    const round = this.#telling(name, task);
    const timer = this.#clock.every(periodMs, () => {
      // A slow round is skipped, not stacked.
      if (running || this.closed) return;
      running = true;
      void round().finally(() => {
        running = false;
      });
    });
    this.add(name, () => timer.cancel());
  }

  /** One round of a step; a failure is told unless it was told just now. */
  #telling(name: string, task: () => void | Promise<void>): () => Promise<void> {
    let told: { readonly text: string; readonly atMono: number } | undefined;
    return async () => {
      try {
        await task();
        told = undefined;
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error);
        if (told?.text === text && this.#clock.monoMs() - told.atMono < tellAgainMs) return;
        told = { text, atMono: this.#clock.monoMs() };
        this.#onError(name, error);
      }
    };
  }

  /** Ends within `deadlineMs` in total, whatever the releases do. */
  close(deadlineMs = 5_000): Promise<void> {
    this.#closing ??= this.#closeAll(deadlineMs);
    return this.#closing;
  }

  async #closeAll(deadlineMs: number): Promise<void> {
    this.#abort.abort(new Error('closed'));
    const end = this.#clock.monoMs() + deadlineMs;
    for (let step = this.#releases.pop(); step !== undefined; step = this.#releases.pop()) {
      await this.#run(step.name, step.release, Math.max(0, end - this.#clock.monoMs()));
    }
  }

  async #run(name: string, release: Release, deadlineMs: number): Promise<void> {
    try {
      const outcome = await within(this.#clock, deadlineMs, Promise.resolve().then(release));
      if (outcome.kind === 'timeout') this.#onError(name, new Error(`release of ${name} took longer than ${Math.round(deadlineMs)} ms`));
    } catch (error) {
      this.#onError(name, error);
    }
  }
}
