import { describe, expect, it } from 'vitest';
import { Zone } from '../schedules/time/zone.js';
import { QuotaZone, quotaDay } from './quota-day.js';

const hourMs = 3_600_000;
const at = (iso: string): number => Date.parse(iso);

describe('the day of the limits', () => {
  it('begins at midnight of its zone, and is an hour shorter or longer when the clocks change', () => {
    const berlin = new Zone('Europe/Berlin');
    // [a moment, the offset then, and that of the next midnight]
    for (const [moment, offset, next] of [
      ['2026-01-15T12:00:00Z', 1, 1],
      ['2026-03-28T23:30:00Z', 1, 2],
      ['2026-03-29T12:00:00Z', 2, 2],
      ['2026-10-24T23:30:00Z', 2, 1],
      ['2026-10-25T12:00:00Z', 1, 1],
    ] as const)
      expect(quotaDay(berlin, at(moment)), moment).toEqual({ offsetMs: offset * hourMs, nextOffsetMs: next * hourMs });
    expect(quotaDay(new Zone('Asia/Kathmandu'), at('2026-06-01T00:00:00Z'))).toEqual({ offsetMs: 5.75 * hourMs, nextOffsetMs: 5.75 * hourMs });
    expect(quotaDay(new Zone('America/Los_Angeles'), at('2026-06-01T00:00:00Z'))).toEqual({ offsetMs: -7 * hourMs, nextOffsetMs: -7 * hourMs });
  });

  it('follows the config', () => {
    let name = 'UTC';
    const zone = new QuotaZone(() => name);
    expect(zone.at(0)).toEqual({ offsetMs: 0, nextOffsetMs: 0 });
    name = 'Asia/Tokyo';
    expect(zone.at(0)).toEqual({ offsetMs: 9 * hourMs, nextOffsetMs: 9 * hourMs });
  });
});
