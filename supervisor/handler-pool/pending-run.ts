import type { JobNews, RunOutcome, RunRequest, StopKind } from '../../contract/handler-messages.js';
import type { HandlerProcess } from './handler-process.js';

/** One job on its way through the pool. */
export interface Run {
  readonly outcome: Promise<RunOutcome>;
  /** Asks it to end; `outcome` follows once nothing of it runs. */
  stop(reason: StopKind): void;
}

export interface Pending {
  readonly owner: string;
  readonly request: RunRequest;
  readonly hear: (news: JobNews) => void;
  readonly resolve: (outcome: RunOutcome) => void;
  process: HandlerProcess | undefined;
  startedMono: number;
  softMs: number;
  hardMs: number;
  asked: { readonly atMono: number; readonly reason: StopKind } | null;
  /** What is told instead of the death that Roost itself brought about. */
  verdict: RunOutcome | undefined;
}

/** A run that has not begun; `outcome` resolves with it. The job's own deadlines count before those of its handler. */
export function pendingRun(
  owner: string,
  request: RunRequest,
  hear: (news: JobNews) => void,
  known: { readonly softMs: number; readonly hardMs: number } | undefined,
): { readonly pending: Pending; readonly outcome: Promise<RunOutcome> } {
  let resolve: (outcome: RunOutcome) => void = () => undefined;
  const outcome = new Promise<RunOutcome>((done) => {
    resolve = done;
  });
  const softMs = request.softMs ?? known?.softMs ?? 0;
  const hardMs = Math.max(softMs, request.hardMs ?? known?.hardMs ?? 0);
  const pending: Pending = { owner, request, hear, resolve, process: undefined, startedMono: 0, softMs, hardMs, asked: null, verdict: undefined };
  return { pending, outcome };
}

/** The watch stood still for so long: what it did not see meanwhile is nobody's silence, and no deadline ran. */
export function forgive(pending: Pending, asleepMs: number, nowMs: number): void {
  const later = (mono: number): number => Math.min(nowMs, mono + asleepMs);
  const { asked, process } = pending;
  pending.startedMono = later(pending.startedMono);
  if (asked !== null) pending.asked = { ...asked, atMono: later(asked.atMono) };
  if (process === undefined) return;
  process.heardMono = later(process.heardMono);
  process.movedMono = later(process.movedMono);
}
