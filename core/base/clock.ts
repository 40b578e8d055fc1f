import { AsyncResource } from 'node:async_hooks';
import { Steps, shortestStepMs } from './steps.js';
import type { Alarm, Timer } from './timer.js';

export type { Timer } from './timer.js';

/** The only place that touches real time; everyone else receives a Clock so that tests can own time. */

export interface Clock extends Alarm {
  /** Wall time, ms since the epoch: for people and records, never for durations (it jumps). */
  wallMs(): number;
  /** Runs `task` every `periodMs`, the first time after one period. In real time a period of 250 ms or more goes in step with others: its first time may come up to a second late. */
  every(periodMs: number, task: () => void): Timer;
}

/** setTimeout fires at once for NaN and for anything past 2^31-1, which turns a long wait into a busy loop. */
const maxTimeoutMs = 2 ** 31 - 1;

function checkedDelay(delayMs: number): number {
  if (!Number.isFinite(delayMs)) throw new RangeError(`a timer needs a finite delay, got ${delayMs}`);
  return Math.min(Math.max(0, Math.round(delayMs)), maxTimeoutMs);
}

const plain: Alarm = {
  monoMs: () => performance.now(),
  after(delayMs, task) {
    const handle = setTimeout(task, checkedDelay(delayMs));
    return { cancel: () => clearTimeout(handle) };
  },
};

const steps = new Steps(plain);

export const systemClock: Clock = {
  ...plain,
  wallMs: () => Date.now(),
  every(periodMs, task) {
    const checkedMs = checkedDelay(periodMs);
    // They share one timer: each keeps the context it was made in, as it would with a timer of its own.
    if (checkedMs >= shortestStepMs) return steps.every(checkedMs, AsyncResource.bind(task));
    const handle = setInterval(task, Math.max(1, checkedMs));
    return { cancel: () => clearInterval(handle) };
  },
};

/** Uniform in [0, 1). Injected wherever chance matters. */
export type Random = () => number;
export const systemRandom: Random = () => Math.random();

/** Resolves after `delayMs`, or rejects with the signal's reason as soon as it aborts. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = (): void => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
