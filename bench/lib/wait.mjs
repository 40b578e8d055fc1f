import { setTimeout as sleep } from 'node:timers/promises';

export { sleep };

/**
 * Asks every `everyMs` until the answer is something.
 * @template T
 * @param {string} what
 * @param {() => T | undefined | false | Promise<T | undefined | false>} probe
 * @param {{ everyMs?: number, deadlineMs?: number }} [options]
 * @returns {Promise<T>}
 */
export async function until(what, probe, { everyMs = 5, deadlineMs = 30_000 } = {}) {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`waited ${deadlineMs} ms in vain for ${what}`);
    await sleep(everyMs);
  }
}

/** Milliseconds the work took. @param {() => Promise<unknown>} work */
export async function timed(work) {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}
