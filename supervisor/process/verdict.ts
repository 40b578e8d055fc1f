import type { ExitView } from '../../contract/state.js';
import type { Clock } from '../../core/base/clock.js';

/** What a detector said about one life: when it fell, and when the life was last seen to work. Wall times. */
export interface Verdict {
  readonly life: number | undefined;
  readonly detectedAtMs: number;
  readonly lastSignAtMs: number;
}

/** `lastSignMono` by the monotonic clock; nothing is known without it, and the verdict itself counts. */
export function verdictOn(life: number | undefined, clock: Clock, lastSignMono: number = clock.monoMs()): Verdict {
  const detectedAtMs = clock.wallMs();
  return { life, detectedAtMs, lastSignAtMs: Math.round(detectedAtMs - Math.max(0, clock.monoMs() - lastSignMono)) };
}

/** The exit of a life with the times of the verdict that led to it. */
export function timed(exit: ExitView, life: number | undefined, verdict: Verdict | undefined): ExitView {
  if (verdict === undefined || life === undefined || verdict.life !== life) return exit;
  const { lastSignAtMs, detectedAtMs } = verdict;
  return { ...exit, lastSignAtMs, detectedAtMs };
}
