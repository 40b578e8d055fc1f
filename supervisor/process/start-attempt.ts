import type { ExitCause } from '../../contract/state.js';
import type { Clock } from '../../core/base/clock.js';
import { within } from '../../core/base/deadline.js';
import { startFailureCause, startFailureMessage } from './exit-reason.js';
import type { ProcessSpec } from './process-spec.js';
import type { Incarnation, Launch } from './types.js';

/** The longest a timer goes: whatever a process awaits may stay away for weeks. */
const untilItIsThereMs = 2 ** 31 - 1;

/** What came of the time before the spawn. */
export type Preparation =
  | { readonly kind: 'launch'; readonly launch: Launch }
  | { readonly kind: 'never-spawned'; readonly cause: ExitCause; readonly message: string };

/** Asked to stop while preparing: nothing was spawned, and nothing will be. */
export const calledOff: Preparation = { kind: 'never-spawned', cause: 'deliberate', message: 'it was stopped before it started' };

/** From the wish to start until it may be spawned. Never rejects. */
export async function prepareStart(spec: ProcessSpec, clock: Clock, signal: AbortSignal): Promise<Preparation> {
  try {
    if (spec.awaits !== undefined) await within(clock, untilItIsThereMs, spec.awaits(signal), signal);
    if (signal.aborted) return calledOff;
    const deadlineMs = spec.prepareTimeoutMs ?? spec.startTimeoutMs;
    const prepared = await within(clock, deadlineMs, launchOf(spec, signal), signal);
    if (prepared.kind === 'aborted' || (signal.aborted && prepared.kind === 'done')) return calledOff;
    if (prepared.kind === 'done') return { kind: 'launch', launch: prepared.value };
    return { kind: 'never-spawned', cause: 'start-timeout', message: `what must come before the start took longer than ${deadlineMs} ms` };
  } catch (error) {
    return { kind: 'never-spawned', cause: startFailureCause(error, 'spawn-failed'), message: startFailureMessage(error) };
  }
}

async function launchOf(spec: ProcessSpec, signal: AbortSignal): Promise<Launch> {
  await spec.beforeStart?.(signal);
  return spec.launch();
}

/** What came of the wait for a spawned child; `over` when a stop, a verdict or the exit ended it, and whoever did that goes on from there. */
export type Proof = { readonly kind: 'ready' | 'over' } | { readonly kind: 'failed'; readonly cause: ExitCause; readonly why: string };

/** Waits until the child is proved to work. Never rejects. */
export async function proofOf(spec: ProcessSpec, clock: Clock, incarnation: Incarnation, signal: AbortSignal): Promise<Proof> {
  try {
    const proof = await within(clock, spec.startTimeoutMs, spec.ready(incarnation, signal), signal);
    if (proof.kind === 'aborted' || signal.aborted) return { kind: 'over' };
    if (proof.kind === 'timeout') return { kind: 'failed', cause: 'start-timeout', why: `it was not ready within ${spec.startTimeoutMs} ms` };
    return { kind: 'ready' };
  } catch (error) {
    if (signal.aborted) return { kind: 'over' };
    return { kind: 'failed', cause: startFailureCause(error, 'start-timeout'), why: `it did not become ready: ${startFailureMessage(error)}` };
  }
}
