import type { ExitView } from '../../contract/state.js';
import type { Clock } from '../../core/base/clock.js';
import type { Incarnation } from './types.js';

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

/** The exit of a life with its number, and the times of the verdict that led to it; nothing is added where no life began. */
export function timed(exit: ExitView, life: Pick<Incarnation, 'number' | 'spawnedAtMs'> | null, verdict: Verdict | undefined): ExitView {
  if (life === null) return exit;
  const told: ExitView = { ...exit, life: { number: life.number, startedAtMs: life.spawnedAtMs } };
  if (verdict === undefined || verdict.life !== life.number) return told;
  const { lastSignAtMs, detectedAtMs } = verdict;
  return { ...told, lastSignAtMs, detectedAtMs };
}
