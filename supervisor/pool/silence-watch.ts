import type { Clock, Timer } from '../../core/base/clock.js';
import { within } from '../../core/base/deadline.js';

export interface SilenceLimits {
  /** This long without a message, then the agent is asked. */
  readonly quietMs: number;
  /** It has this long to answer anything. */
  readonly answerMs: number;
}

export const defaultSilence: SilenceLimits = { quietMs: 30_000, answerMs: 5_000 };

/** What can be told apart about the other side without understanding it. */
export interface Listened {
  /** Messages that came so far. */
  readonly heard: number;
  /** Resolves on any answer. */
  probe(): Promise<void>;
}

/** The last moment at which something was seen to work; once it is condemned that moment by the wall clock, for the story. */
export class LastSign {
  readonly #clock: Clock;
  #mono: number | undefined;
  #fixedAtMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Undefined until it is condemned, and for one that was never seen to work. */
  get fixedAtMs(): number | undefined {
    return this.#fixedAtMs;
  }

  seen(mono: number = this.#clock.monoMs()): void {
    this.#mono = mono;
  }

  fix(): void {
    if (this.#mono !== undefined) this.#fixedAtMs ??= Math.round(this.#clock.wallMs() - (this.#clock.monoMs() - this.#mono));
  }
}

const looks = 6;

/** True when the other side answers, or says anything at all, in time. */
export async function answers(clock: Clock, side: Listened, { answerMs }: Pick<SilenceLimits, 'answerMs'>): Promise<boolean> {
  const before = side.heard;
  const outcome = await within(clock, answerMs, side.probe()).catch(() => undefined);
  return outcome?.kind === 'done' || side.heard > before;
}

/**
 * Tells once when the other side is silent and does not answer either: thinking for minutes is fine,
 * being frozen is not. Counts looks instead of time, so that a machine that slept blames nobody. It tells when it
 * was last heard, by the look that saw it.
 */
export function watchSilence(clock: Clock, side: Listened, limits: SilenceLimits, onStalled: (heardMono: number) => void): Timer {
  let heard = side.heard;
  let heardMono = clock.monoMs();
  let quietLooks = 0;
  let asking = false;
  const timer = clock.every(limits.quietMs / looks, () => {
    if (asking) return;
    quietLooks = side.heard === heard ? quietLooks + 1 : 0;
    if (quietLooks === 0) heardMono = clock.monoMs();
    heard = side.heard;
    if (quietLooks < looks) return;
    asking = true;
    void answers(clock, side, limits).then((alive) => {
      asking = false;
      quietLooks = 0;
      if (alive || stopped) return;
      stop();
      onStalled(heardMono);
    });
  });
  let stopped = false;
  const stop = (): void => {
    stopped = true;
    timer.cancel();
  };
  return { cancel: stop };
}
