import type { Clock } from './clock.js';

export type WaitResult<T> = { readonly kind: 'done'; readonly value: T } | { readonly kind: 'timeout' } | { readonly kind: 'aborted' };

/**
 * Waits for `promise` at most `deadlineMs`, or until `signal` aborts, and says which of the three
 * happened. A rejection of `promise` passes through; a late one is swallowed, its owner logs it.
 */
export function within<T>(clock: Clock, deadlineMs: number, promise: Promise<T>, signal?: AbortSignal): Promise<WaitResult<T>> {
  return new Promise((resolve, reject) => {
    const end = (act: () => void): void => {
      timer.cancel();
      signal?.removeEventListener('abort', onAbort);
      act();
    };
    const onAbort = (): void => end(() => resolve({ kind: 'aborted' }));
    const timer = clock.after(deadlineMs, () => end(() => resolve({ kind: 'timeout' })));
    if (signal?.aborted) {
      promise.catch(() => undefined);
      return onAbort();
    }
    signal?.addEventListener('abort', onAbort, { once: true });
    promise.then(
      (value) => end(() => resolve({ kind: 'done', value })),
      (error) => end(() => reject(error)),
    );
  });
}
