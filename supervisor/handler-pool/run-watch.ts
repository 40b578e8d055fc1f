import type { StopKind } from '../../contract/handler-messages.js';

/** What is to be done about a job in hand, from its clocks. All times are monotonic ms. */
export interface RunClocks {
  readonly startedMono: number;
  readonly softMs: number;
  readonly hardMs: number;
  /** When it was asked to end, and why. */
  readonly asked: { readonly atMono: number; readonly reason: StopKind } | null;
  /** Last sign of life of its process, and last step of the job (in the future while it announced to be quiet). */
  readonly heardMono: number;
  readonly movedMono: number;
  readonly rssBytes: number;
  readonly memoryBytes: number;
}

export type RunVerdict =
  | { readonly act: 'ask'; readonly message: string }
  | { readonly act: 'kill'; readonly code: 'deadline' | 'stalled' | 'memory' | 'cancelled' | 'handed-back'; readonly message: string };

/** A loop that does not turn, and a job that does not move and did not say so. */
export const silentLimitMs = 30_000;
export const standstillLimitMs = 60_000;
/** What a cancelled job gets to end by itself; one that goes back in line gets less, others wait for it. */
export const cancelGraceMs = 5_000;
export const handBackGraceMs = 700;

const seconds = (ms: number): string => (ms < 10_000 ? `${Math.round(ms / 100) / 10} s` : `${Math.round(ms / 1_000)} s`);

/** Undefined while it may go on. What a person or a deadline asked for comes before what the watch finds. */
export function runVerdict(run: RunClocks, monoMs: number): RunVerdict | undefined {
  const ranMs = monoMs - run.startedMono;
  const askedMs = run.asked === null ? 0 : monoMs - run.asked.atMono;
  if (run.asked?.reason === 'hand-back' && askedMs >= handBackGraceMs) return { act: 'kill', code: 'handed-back', message: 'it goes back in line' };
  if (run.asked?.reason === 'cancelled' && askedMs >= cancelGraceMs)
    return { act: 'kill', code: 'cancelled', message: `it was cancelled and did not end within ${seconds(cancelGraceMs)}` };
  if (ranMs >= run.hardMs) return { act: 'kill', code: 'deadline', message: `it ran past its hard deadline of ${seconds(run.hardMs)}` };
  if (run.rssBytes > 2 * run.memoryBytes)
    return { act: 'kill', code: 'memory', message: `its process used ${Math.round(run.rssBytes / 1024 ** 2)} MB, more than twice its limit` };
  const silentMs = monoMs - run.heardMono;
  if (silentMs > silentLimitMs) return { act: 'kill', code: 'stalled', message: `its process gave no sign of life for ${seconds(silentMs)}` };
  const stillMs = monoMs - run.movedMono;
  if (stillMs > standstillLimitMs)
    return { act: 'kill', code: 'stalled', message: `it made no step for ${seconds(stillMs)}: no log line, no progress, and it announced no wait` };
  if (run.asked === null && ranMs >= run.softMs) return { act: 'ask', message: `The soft deadline of ${seconds(run.softMs)} has passed: please end.` };
  return undefined;
}
