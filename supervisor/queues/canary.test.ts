import { describe, expect, it } from 'vitest';
import { RoostError } from '../../contract/errors.js';
import { silentLog } from '../../core/base/log.js';
import { ManualClock } from '../../core/base/manual-clock.js';
import type { CanaryJob } from '../../core/jobs/queues.js';
import { keysFor } from '../../core/redis/keys.js';
import { type BusySlots, Canary, judgeSilence } from './canary.js';

const idle = { busy: 0, concurrency: 2, progress: 0 };

describe('silence', () => {
  it.each<[string, BusySlots, BusySlots, boolean, 'missed' | 'excused' | 'proved']>([
    ['an idle worker', idle, idle, false, 'missed'],
    ['a full worker whose jobs move', { busy: 2, concurrency: 2, progress: 7 }, { busy: 2, concurrency: 2, progress: 9 }, false, 'proved'],
    ['a worker that became full', idle, { busy: 2, concurrency: 2, progress: 2 }, false, 'proved'],
    ['a worker that was full', { busy: 2, concurrency: 2, progress: 7 }, { busy: 1, concurrency: 2, progress: 9 }, false, 'excused'],
    ['a full worker whose jobs stand still', { busy: 2, concurrency: 2, progress: 7 }, { busy: 2, concurrency: 2, progress: 7 }, false, 'missed'],
    ['a worker with a free slot', { busy: 1, concurrency: 2, progress: 7 }, { busy: 1, concurrency: 2, progress: 9 }, false, 'missed'],
    ['a paused queue', idle, idle, true, 'excused'],
    ['no worker at all', undefined, undefined, false, 'excused'],
    ['a worker that died meanwhile', idle, undefined, false, 'excused'],
  ])('of %s', (_name, before, after, paused, verdict) => {
    expect(judgeSilence(before, after, paused)).toBe(verdict);
  });
});

/** A queue with one worker that can be told to stop fetching. */
function rig(slots: () => BusySlots = () => idle) {
  const clock = new ManualClock();
  const keys = keysFor('roost');
  const store = new Map<string, string>();
  const world = { works: true, redis: true, asked: [] as CanaryJob[], removed: 0, condemned: [] as string[], paused: false };
  const canary = new Canary({
    registry: {
      addCanary: async (_queue, job) => {
        if (!world.redis) throw new RoostError('redis-unavailable', 'away');
        world.asked.push(job);
        if (world.works) store.set(keys.canary(job.queue), job.nonce);
      },
      removeCanary: async () => ++world.removed > 0,
      rests: async () => world.paused,
    },
    redis: () => ({ get: async (key: string) => store.get(key) ?? null }) as never,
    keys,
    node: 'n1',
    clock,
    log: silentLog,
    busySlots: slots,
    onMissed: (queue) => void world.condemned.push(queue),
  });
  canary.follow(['turns']);
  return { clock, canary, world };
}

describe('the canary', () => {
  it('leaves a paused queue alone, holds nobody up for it, and asks as soon as it goes on', async () => {
    const { clock, canary, world } = rig();
    world.paused = true;
    canary.start();
    await clock.advance(30_000);
    expect(world.asked).toHaveLength(0);
    expect(canary.proved()).toBe(true);
    world.paused = false;
    world.works = false;
    await clock.advance(700);
    expect(world.asked.length).toBeGreaterThan(0);
    await clock.advance(30_000);
    expect(canary.proved()).toBe(false);
    expect(world.condemned).not.toEqual([]);
  });

  it('proves a worker at once and asks again every 20 s', async () => {
    const { clock, canary, world } = rig();
    expect(canary.proved()).toBe(false);
    canary.start();
    await clock.advance(5);
    expect(canary.proved()).toBe(true);
    await clock.advance(20_000);
    expect(world.asked).toHaveLength(2);
    expect(new Set(world.asked.map((job) => job.nonce)).size).toBe(2);
    await canary.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  it('takes a worker as proved whose slots are full of jobs that move', async () => {
    let progress = 0;
    const { clock, canary, world } = rig(() => ({ busy: 2, concurrency: 2, progress: progress++ }));
    world.works = false;
    canary.start();
    await clock.advance(5_200);
    expect(canary.proved()).toBe(true);
    await clock.advance(120_000);
    expect(canary.proved()).toBe(true);
    expect(world.condemned).toEqual([]);
    canary.stop();
  });

  it('condemns after three misses in a row, not before, within 90 s, and takes its jobs back', async () => {
    const { clock, canary, world } = rig();
    canary.start();
    await clock.advance(5);
    world.works = false;
    await clock.advance(2 * 25_100);
    expect(world.condemned).toEqual([]);
    expect(canary.proved()).toBe(true);
    await clock.advance(25_100);
    expect(world.condemned).toEqual(['turns']);
    expect(canary.proved('turns')).toBe(false);
    expect(world.removed).toBe(3);
    await canary.stop();
  });

  it('never condemns while Redis is away', async () => {
    const { clock, canary, world } = rig();
    canary.start();
    await clock.advance(5);
    world.redis = false;
    await clock.advance(600_000);
    expect(world.condemned).toEqual([]);
    expect(canary.proved()).toBe(true);
    await canary.stop();
  });

  it('holds no proof without a worker and asks the next one at once', async () => {
    let slots: BusySlots = idle;
    const { clock, canary, world } = rig(() => slots);
    canary.start();
    await clock.advance(5);
    slots = undefined;
    await clock.advance(20_100);
    expect(canary.proved()).toBe(false);
    slots = idle;
    canary.forget('turns');
    await clock.advance(5);
    expect(canary.proved()).toBe(true);
    expect(world.condemned).toEqual([]);
    await canary.stop();
  });

  it('ignores what a round of the predecessor found out', async () => {
    const { clock, canary, world } = rig();
    world.works = false;
    canary.start();
    await clock.advance(4_000);
    world.works = true;
    canary.forget('turns');
    await clock.advance(5);
    expect(canary.proved()).toBe(true);
    await clock.advance(10_000);
    expect(canary.proved()).toBe(true);
    expect(world.asked).toHaveLength(2);
    await canary.stop();
  });
});
