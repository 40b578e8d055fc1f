import { type DayOffsets, utcDay } from '../../core/sessions/quota-store.js';
import { Zone } from '../schedules/time/zone.js';

const dayMs = 86_400_000;

/** Where the day of the limits begins and ends, seen from `atMs`: on a day on which the clocks change it is an hour longer or shorter. */
export function quotaDay(zone: Zone, atMs: number): DayOffsets {
  if (zone.name === 'UTC') return utcDay;
  const offsetMs = zone.offsetMs(atMs);
  const midnightMs = (Math.floor((atMs + offsetMs) / dayMs) + 1) * dayMs;
  return { offsetMs, nextOffsetMs: midnightMs - zone.instantMs(midnightMs) };
}

/** The zone of the config as it is now; made once for each name. */
export class QuotaZone {
  readonly #name: () => string;
  #zone = new Zone('UTC');

  constructor(name: () => string) {
    this.#name = name;
  }

  at(atMs: number): DayOffsets {
    const name = this.#name();
    if (this.#zone.name !== name) this.#zone = new Zone(name);
    return quotaDay(this.#zone, atMs);
  }
}
