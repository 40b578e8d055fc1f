import { powerMonitor } from 'electron';
import type { Log } from '../core/base/log.js';

/** What a core may offer around sleep; without it its own clock gap detection does the work. */
interface SleepAware {
  suspended?(): void;
  resumed?(): void;
}

const call = (core: object, hook: keyof SleepAware): void => (core as SleepAware)[hook]?.();

/** The part of Electron's powerMonitor that is used; `shutdown` is not told on Windows, where the window is (session-end). */
export interface PowerEvents {
  on(event: 'suspend' | 'resume', listener: () => void): unknown;
  on(event: 'shutdown', listener: (event?: { preventDefault(): void }) => void): unknown;
}

/**
 * Tells the core about sleep, and starts the fast way out when the machine goes down. Systems report
 * `suspend` twice in a row and `resume` alone: the first of several is passed on, and every `resume`,
 * which only grants a fresh threshold and so does no harm twice.
 */
export function watchPower(options: { readonly core: object; readonly log: Log; readonly sessionEnds: () => void; readonly events?: PowerEvents }): void {
  const events: PowerEvents = options.events ?? powerMonitor;
  let asleep = false;
  events.on('suspend', () => {
    if (asleep) return;
    asleep = true;
    options.log.info('the machine goes to sleep');
    call(options.core, 'suspended');
  });
  events.on('resume', () => {
    asleep = false;
    options.log.info('the machine is awake');
    call(options.core, 'resumed');
  });
  events.on('shutdown', (event) => {
    // Holds the shutdown back for the two seconds that the fast way needs.
    event?.preventDefault();
    options.sessionEnds();
  });
}
