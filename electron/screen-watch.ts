import { watch } from 'node:fs';
import type { Clock, Timer } from '../core/base/clock.js';
import type { Log } from '../core/base/log.js';

/** A build writes many files; the last one is waited for. */
const settleMs = 400;

/** While developing: calls `changed` after the built screen was written anew. */
export function watchScreen(options: { readonly dir: string; readonly clock: Clock; readonly log: Log; readonly changed: () => void }): void {
  let settling: Timer | undefined;
  try {
    const watcher = watch(options.dir, { persistent: false }, () => {
      settling?.cancel();
      settling = options.clock.after(settleMs, options.changed);
    });
    watcher.on('error', (error) => options.log.debug('the screen is not watched any longer', { error }));
  } catch (error) {
    options.log.debug('the screen cannot be watched', { error });
  }
}
