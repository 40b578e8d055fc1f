import type { Clock } from '../core/base/clock.js';
import { within } from '../core/base/deadline.js';
import type { Log } from '../core/base/log.js';

export const drainMs = 30_000;
/** What a second request leaves to work in hand. */
const hurriedDrainMs = 3_000;
/** Everything ends within 36 s: the drain, then the kill ladder and Redis. */
const beyondDrainMs = 6_000;
const sessionEndMs = 2_000;

export interface GracefulQuitOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Stops the core; a second call with a smaller budget shortens the first. */
  readonly stop: (reason: string, drainMs: number) => Promise<void>;
  /** What the doors own: listener, control file, tray. Runs after the core has stopped. */
  readonly close: () => Promise<void>;
  /** The person should see that Roost waits for work, not that it hangs. */
  readonly showProgress: () => void;
  readonly exit: (code: number) => void;
}

type Stage = 'running' | 'draining' | 'hurrying' | 'ended';

/** The ways out of the app: once asked it drains, asked again it hurries, and the end of the session does not wait. */
export class GracefulQuit {
  readonly #options: GracefulQuitOptions;
  #stage: Stage = 'running';

  constructor(options: GracefulQuitOptions) {
    this.#options = options;
  }

  get stage(): Stage {
    return this.#stage;
  }

  /** A quit from menu, tray, signal or system; `code` is what the first one leaves with. */
  request(reason: string, code = 0): void {
    if (this.#stage === 'running') {
      this.#stage = 'draining';
      this.#options.showProgress();
      void this.#end(reason, drainMs, drainMs + beyondDrainMs, code);
    } else if (this.#stage === 'draining') {
      this.#stage = 'hurrying';
      this.#options.log.info('asked to quit again: not waiting for work any longer');
      void this.#end(`${reason} again`, hurriedDrainMs, hurriedDrainMs + beyondDrainMs, 0);
    }
  }

  /** The user logs off or the machine goes down: there are about two seconds. */
  sessionEnds(): void {
    if (this.#stage === 'ended') return;
    this.#stage = 'hurrying';
    void this.#end('session end', 0, sessionEndMs, 0);
  }

  /** A fault of our own that leaves the state unknown. */
  crash(error: unknown): void {
    this.#options.log.error('unexpected error, Roost ends', { error });
    if (this.#stage === 'ended') return;
    this.#stage = 'hurrying';
    void this.#end('crash', 0, sessionEndMs, 70);
  }

  async #end(reason: string, drain: number, budgetMs: number, code: number): Promise<void> {
    const { clock, log, stop, close, exit } = this.#options;
    log.info('quitting', { reason, drainMs: drain });
    try {
      const outcome = await within(clock, budgetMs, stop(reason, drain).then(close));
      if (outcome.kind !== 'done') log.warn('the stop took too long; leaving the rest to the containment of processes', { budgetMs });
    } catch (error) {
      log.error('the stop failed', { error });
    }
    if (this.#stage === 'ended') return;
    this.#stage = 'ended';
    exit(code);
  }
}
