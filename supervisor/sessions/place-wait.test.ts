import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placeWaitMs, type TakenPlace } from './place-wait.js';

const busy: TakenPlace = { staleInMs: null };
const idle = (staleInMs: number): TakenPlace => ({ staleInMs });
const minute = 60_000;

describe('the wait for a place', () => {
  it.each<[string, Parameters<typeof placeWaitMs>[0], number]>([
    ['is none for who is not in line', { position: 0, capacity: 1, taken: [busy], meanMs: minute }, 0],
    ['is a lifetime for the first, with one place', { position: 1, capacity: 1, taken: [busy], meanMs: minute }, minute],
    ['is shared among the places', { position: 1, capacity: 4, taken: [busy, busy, busy, busy], meanMs: minute }, minute / 4],
    ['grows with the position', { position: 3, capacity: 2, taken: [busy, busy], meanMs: minute }, 1.5 * minute],
    ['ends when the one session that stays for hours is stale', { position: 1, capacity: 1, taken: [idle(5 * minute)], meanMs: 600 * minute }, 5 * minute],
    ['is none when a session is stale already', { position: 1, capacity: 1, taken: [idle(-minute)], meanMs: 600 * minute }, 0],
    ['is the usual lifetime where that is shorter', { position: 1, capacity: 1, taken: [idle(30 * minute)], meanMs: minute }, minute],
    ['is that of the second place to go stale for the second', { position: 2, capacity: 2, taken: [idle(9 * minute), idle(minute)], meanMs: 1e12 }, 9 * minute],
    ['does not count on a place where a turn is in hand', { position: 2, capacity: 2, taken: [busy, idle(0)], meanMs: 100 * minute }, 50 * minute],
    ['goes on after all are stale, at the pace of those who follow', { position: 2, capacity: 1, taken: [idle(0)], meanMs: minute }, minute],
    ['counts places that are to go after the limit was lowered', { position: 1, capacity: 1, taken: [idle(0), idle(3 * minute)], meanMs: 1e12 }, 3 * minute],
    ['reckons with all places where memory is short and none is taken', { position: 1, capacity: 2, taken: [], meanMs: minute }, minute / 2],
    ['is none where nothing is known to last', { position: 1, capacity: 1, taken: [busy], meanMs: 0 }, 0],
  ])('%s', (_name, wait, expected) => expect(placeWaitMs(wait)).toBe(expected));

  const place = fc.oneof(fc.constant(busy), fc.integer({ min: -1_000, max: 7_200_000 }).map(idle));
  const waits = fc.record({
    position: fc.integer({ min: 1, max: 40 }),
    capacity: fc.integer({ min: 1, max: 20 }),
    taken: fc.array(place, { maxLength: 20 }),
    meanMs: fc.integer({ min: 1, max: 36_000_000 }),
  });

  it('is never longer than without stale sessions, never falls with the position, and is never beyond the stale one it counts on', () =>
    fc.assert(
      fc.property(waits, (wait) => {
        const waitMs = placeWaitMs(wait);
        expect(waitMs).toBeGreaterThanOrEqual(0);
        expect(waitMs).toBeLessThanOrEqual(placeWaitMs({ ...wait, taken: wait.taken.map(() => busy) }));
        expect(placeWaitMs({ ...wait, position: wait.position + 1 })).toBeGreaterThanOrEqual(waitMs);
        const wanted = wait.position + Math.max(0, wait.taken.length - wait.capacity);
        const stale = wait.taken.flatMap(({ staleInMs }) => (staleInMs === null ? [] : [Math.max(0, staleInMs)])).sort((a, b) => a - b);
        const last = stale[wanted - 1];
        if (last !== undefined) expect(waitMs).toBeLessThanOrEqual(last + 1);
      }),
    ));
});
