import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextShift, type QueueLoad } from './balance.js';

const load = (queue: string, slots: number, waiting: number, runMs = 100, configured = slots): QueueLoad => ({ queue, slots, configured, waiting, runMs });
const limits = { min: 1, max: 10 };

describe('the next shift of a slot', () => {
  it.each<[string, QueueLoad[], { from: string; to: string } | undefined]>([
    ['goes from an idle queue to one that waits', [load('a', 2, 10), load('b', 2, 0)], { from: 'b', to: 'a' }],
    ['goes by time, not by number', [load('a', 2, 10, 10_000), load('b', 2, 100, 10)], { from: 'b', to: 'a' }],
    ['leaves the last slot', [load('a', 2, 10), load('b', 1, 0)], undefined],
    ['ends when the giver would be worse off', [load('a', 2, 10), load('b', 2, 9)], undefined],
    ['ends when both would change places', [load('a', 2, 10), load('b', 2, 5)], undefined],
    ['is none where nothing waits and all are at home', [load('a', 2, 0), load('b', 2, 0)], undefined],
    ['goes home when nothing waits', [load('a', 3, 0, 100, 2), load('b', 1, 0, 100, 2)], { from: 'a', to: 'b' }],
    ['needs two queues', [load('a', 5, 100)], undefined],
    ['heeds the most', [load('a', 10, 100), load('b', 2, 0)], undefined],
    ['skips one at its most for the next slowest', [load('a', 10, 100, 1_000), load('b', 2, 50), load('c', 2, 0)], { from: 'c', to: 'b' }],
  ])('%s', (_name, queues, shift) => {
    expect(nextShift(queues, limits)).toEqual(shift);
  });

  it('keeps the sum and the limits, and comes to rest', () => {
    const one = fc.record({ slots: fc.integer({ min: 1, max: 10 }), waiting: fc.nat(1_000), runMs: fc.integer({ min: 1, max: 10_000 }) });
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 6 }), (given) => {
        let queues = given.map((entry, index) => ({ ...entry, queue: `q${index}`, configured: entry.slots }));
        const sum = queues.reduce((total, { slots }) => total + slots, 0);
        let shifts = 0;
        for (let shift = nextShift(queues, limits); shift !== undefined; shift = nextShift(queues, limits)) {
          const { from, to } = shift;
          queues = queues.map((entry) => ({ ...entry, slots: entry.slots + (entry.queue === to ? 1 : 0) - (entry.queue === from ? 1 : 0) }));
          expect(queues.every(({ slots }) => slots >= limits.min && slots <= limits.max)).toBe(true);
          if (++shifts > 200) throw new Error('it never comes to rest');
        }
        expect(queues.reduce((total, { slots }) => total + slots, 0)).toBe(sum);
      }),
    );
  });
});
