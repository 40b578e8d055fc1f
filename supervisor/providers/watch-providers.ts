import type { ProviderView } from '../../contract/providers.js';
import type { Clock, Timer } from '../../core/base/clock.js';
import type { ActivityLog } from '../activity-log.js';
import type { StateStore } from '../state/state-store.js';
import type { ProviderDesk } from './provider-desk.js';

/** A limit or a pause ends by itself: the picture is drawn anew then. */
const againAfterMs = 1_000;

export const allDown = (views: readonly ProviderView[]): boolean => views.length > 0 && views.every(({ state }) => state === 'paused' || state === 'trying');

/** Keeps the screen's picture of the providers and tells a person when none answers any more, and when one does again. */
export function watchProviders(desk: ProviderDesk, parts: { readonly activity: ActivityLog; readonly state: () => StateStore; readonly clock: Clock }): void {
  let again: Timer | undefined;
  let down = false;
  const look = (): void => {
    const views = desk.views;
    parts.state().set('providers', [...views]);
    if (allDown(views) !== down) {
      down = !down;
      if (down) parts.activity.add('warning', 'providers-down', 'roost', 'No model provider answers: the built-in responder answers instead, and says so.');
      else parts.activity.add('info', 'providers-back', 'roost', 'A model provider answers again.');
    }
    again?.cancel();
    again = views.some(({ state, inFlight }) => state !== 'up' || inFlight > 0) ? parts.clock.after(againAfterMs, look) : undefined;
  };
  desk.onChange(look);
}
