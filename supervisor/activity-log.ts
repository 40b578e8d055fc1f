import type { Activity, ProcessView } from '../contract/state.js';
import type { Clock } from '../core/base/clock.js';
import { Emitter } from '../core/base/emitter.js';

const kept = 100;

/** The list of what happened and what Roost did, newest first; doors turn some lines into notifications. */
export class ActivityLog {
  readonly #clock: Clock;
  readonly #added = new Emitter<Activity>();
  #items: readonly Activity[] = [];
  #nextId = 1;

  constructor(options: { readonly clock: Clock }) {
    this.#clock = options.clock;
  }

  get items(): readonly Activity[] {
    return this.#items;
  }

  onAdded(listener: (activity: Activity) => void): () => void {
    return this.#added.on(listener);
  }

  add(severity: Activity['severity'], kind: string, process: string, message: string): void {
    const activity: Activity = { id: this.#nextId++, atMs: this.#clock.wallMs(), severity, kind, process, message };
    this.#items = [activity, ...this.#items].slice(0, kept);
    this.#added.emit(activity);
  }
}

/** Why it ended, closed like a sentence: the reason itself is a part of one. */
const ended = (now: ProcessView): string => (now.lastExit?.message ?? now.detail).replace(/[.\s]*$/, '.');

/** What a change of a supervised process means to a person; undefined when it is not worth a line. */
export function activityOf(before: ProcessView | undefined, now: ProcessView): Pick<Activity, 'severity' | 'kind' | 'message'> | undefined {
  if (before === undefined || before.state === now.state) return undefined;
  const deliberate = now.lastExit?.cause === 'deliberate';
  switch (now.state) {
    case 'running':
      return now.incarnation > 1
        ? { severity: 'info', kind: 'recovered', message: `${now.name} is running again (start ${now.incarnation}).` }
        : { severity: 'info', kind: 'started', message: `${now.name} is ready.` };
    case 'backoff':
      return { severity: 'critical', kind: 'down', message: `${now.name} went down: ${ended(now)} Roost starts it again.` };
    case 'starting':
      // A first crash restarts without a pause: the exit is the news, the start follows by itself.
      return before.state === 'running'
        ? { severity: 'critical', kind: 'down', message: `${now.name} went down: ${ended(now)} Roost is starting it again.` }
        : undefined;
    case 'quarantined':
      return { severity: 'critical', kind: 'quarantined', message: `${now.name} keeps failing and is set aside: ${now.detail}` };
    case 'failed':
      return { severity: 'critical', kind: 'failed', message: `${now.name} has failed: ${now.detail}` };
    case 'stopped':
      return deliberate || now.lastExit === null
        ? { severity: 'info', kind: 'stopped', message: `${now.name} was stopped.` }
        : { severity: 'warning', kind: 'down', message: `${now.name} ended: ${ended(now)}` };
    case 'stopping':
      return undefined;
  }
}
