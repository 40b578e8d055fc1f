import { powerSaveBlocker } from 'electron';
import type { State } from '../contract/state.js';
import type { Clock, Timer } from '../core/base/clock.js';
import type { Log } from '../core/base/log.js';
import type { StateStore } from '../supervisor/state/state-store.js';

/** From the end of one job to the next it stays as it is: a line of short turns must not switch it on and off. */
export const lingerMs = 60_000;

/** True while something is computed here. A turn that waits for a person is not: a question left open over night must not keep a machine awake. */
export function worksNow({ sessions, health, about }: Pick<State, 'sessions' | 'health' | 'about'>): boolean {
  if (sessions.items.some(({ status }) => status === 'busy')) return true;
  // Shared queues count the jobs of every machine.
  if (about.redis.mode !== 'managed') return false;
  return Object.entries(health.queues).some(([queue, { active }]) => queue !== 'turns' && active > 0);
}

/** What is to hold, and when to look again although nothing changes; `lastWorkMono` is null before the first work. */
export function awakePlan(facts: { readonly platform: string; readonly works: boolean; readonly lastWorkMono: number | null; readonly nowMono: number }): {
  readonly awake: boolean;
  readonly lastWorkMono: number | null;
  readonly againInMs: number | null;
} {
  const { platform, works, nowMono } = facts;
  // Elsewhere an app in the background is not slowed down, and whether a machine sleeps is its owner's choice.
  if (platform !== 'darwin') return { awake: false, lastWorkMono: null, againInMs: null };
  if (works) return { awake: true, lastWorkMono: nowMono, againInMs: null };
  const leftMs = facts.lastWorkMono === null ? 0 : facts.lastWorkMono + lingerMs - nowMono;
  return leftMs > 0 ? { awake: true, lastWorkMono: facts.lastWorkMono, againInMs: leftMs } : { awake: false, lastWorkMono: null, againInMs: null };
}

/** The part of Electron's powerSaveBlocker that is used. */
export interface Blocker {
  start(type: 'prevent-app-suspension'): number;
  stop(id: number): unknown;
}

/** Keeps macOS from putting the app to a nap while turns or jobs are in hand. It keeps the machine from sleeping, too, so it ends with the work. */
export class WorkAwake {
  readonly #options: { readonly state: StateStore; readonly platform: string; readonly clock: Clock; readonly log: Log; readonly blocker?: Blocker };
  readonly #blocker: Blocker;
  #lastWorkMono: number | null = null;
  #held: number | undefined;
  #again: Timer | undefined;
  #off: (() => void) | undefined;

  constructor(options: { readonly state: StateStore; readonly platform: string; readonly clock: Clock; readonly log: Log; readonly blocker?: Blocker }) {
    this.#options = options;
    this.#blocker = options.blocker ?? powerSaveBlocker;
  }

  start(): void {
    const { state, platform } = this.#options;
    if (platform !== 'darwin') return;
    const { off } = state.subscribe((publication) => {
      if (publication.kind === 'change' && (publication.slice === 'sessions' || publication.slice === 'health')) this.#look();
    }, 'part');
    this.#off = off;
    this.#look();
  }

  stop(): void {
    this.#off?.();
    this.#again?.cancel();
    this.#hold(false);
  }

  #look(): void {
    const { state, platform, clock } = this.#options;
    const plan = awakePlan({ platform, works: worksNow(state.state), lastWorkMono: this.#lastWorkMono, nowMono: clock.monoMs() });
    this.#lastWorkMono = plan.lastWorkMono;
    this.#hold(plan.awake);
    this.#again?.cancel();
    this.#again = plan.againInMs === null ? undefined : clock.after(plan.againInMs, () => this.#look());
  }

  #hold(awake: boolean): void {
    if (awake === (this.#held !== undefined)) return;
    if (this.#held === undefined) this.#held = this.#blocker.start('prevent-app-suspension');
    else {
      this.#blocker.stop(this.#held);
      this.#held = undefined;
    }
    this.#options.log.debug(awake ? 'work in hand: no nap' : 'no work in hand: the system may rest');
  }
}
