import type { Emitter } from '../../core/base/emitter.js';

/** Resolves with the next value; rejects with the signal's reason as soon as it aborts. */
export function nextEvent<T>(emitter: Emitter<T>, signal?: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason);
    const end = (): void => {
      off();
      signal?.removeEventListener('abort', onAbort);
    };
    const onAbort = (): void => {
      end();
      reject(signal?.reason);
    };
    const off = emitter.on((value) => {
      end();
      resolve(value);
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
