import { describe, expect, it } from 'vitest';
import type { QueueView } from '../contract/state.js';
import { ManualClock } from '../core/base/manual-clock.js';
import { Scope } from '../core/base/scope.js';
import { Lookout } from './lookout.js';

function setup() {
  const clock = new ManualClock();
  const world = { watched: false, open: false, limitMemory: false, waiting: 0, starting: false, hangs: false };
  const seen = { looks: [] as number[], measures: [] as number[], seconds: 0, reads: 0 };
  let came: () => void = () => undefined;
  const look = async (): Promise<void> => {
    seen.looks.push(clock.monoMs());
    if (world.hangs) await new Promise(() => undefined);
  };
  const lookout = new Lookout({
    clock,
    state: {
      get watched() {
        return world.watched;
      },
      onWatched: (listener) => {
        came = listener;
        return () => undefined;
      },
    },
    observer: {
      look,
      get queues() {
        return { turns: { waiting: world.waiting, active: 0 } as QueueView };
      },
    },
    usage: {
      measure: async () => void seen.measures.push(clock.monoMs()),
      get measuredMono() {
        return seen.measures.at(-1) ?? Number.NEGATIVE_INFINITY;
      },
      ownRssBytes: 1,
    },
    services: {
      get limitMemory() {
        return world.limitMemory;
      },
    },
    pool: { hasAgents: false },
    incidents: {
      get open() {
        return world.open;
      },
    },
    history: { read: async () => void seen.reads++ },
    processes: () => [],
    health: () => ({ sessions: { pool: 0, target: 0, starting: 0, active: 0, waiting: 0, capacity: 1 } }),
    starting: () => world.starting,
    stopping: () => false,
    looked: () => undefined,
    second: () => void seen.seconds++,
  });
  lookout.start(new Scope(clock));
  /** Looks and measurements of so many seconds. */
  const during = async (seconds: number) => {
    const [looks, measures] = [seen.looks.length, seen.measures.length];
    await clock.advance(seconds * 1_000);
    return [seen.looks.length - looks, seen.measures.length - measures];
  };
  return { clock, world, seen, lookout, during, arrive: () => came() };
}

describe('how often Roost looks at itself', () => {
  it('is rarely at rest, and still a point for the charts every second', async () => {
    const { during, seen } = setup();
    expect(await during(30)).toEqual([6, 2]);
    expect(seen.seconds).toBe(30);
  });

  it.each([
    [{ watched: true }, [30, 6]],
    [{ waiting: 3 }, [30, 2]],
    [{ open: true }, [30, 2]],
    [{ starting: true }, [30, 2]],
    // A limit of memory is kept by measurements every five seconds.
    [{ limitMemory: true }, [6, 6]],
  ])('follows %j', async (change, counts) => {
    const { during, world } = setup();
    Object.assign(world, change);
    expect(await during(30)).toEqual(counts);
  });
});

describe('whoever asks', () => {
  it('is answered from a look that is no older than a second', async () => {
    const { clock, lookout, seen } = setup();
    await clock.advance(1_000);
    await clock.advance(2_500);
    await lookout.fresh();
    expect(seen.looks).toEqual([1_000, 3_500]);
    expect(seen.reads).toBe(1);
    await clock.advance(400);
    await lookout.fresh();
    expect(seen.looks).toEqual([1_000, 3_500]);
  });

  it('by opening a screen has everything at once', async () => {
    const { clock, arrive, seen } = setup();
    await clock.advance(3_200);
    arrive();
    await clock.advance(0);
    expect(seen.looks.at(-1)).toBe(3_200);
  });

  it('does not wait for a Redis that hangs', async () => {
    const { clock, world, lookout } = setup();
    world.hangs = true;
    let done = false;
    void lookout.fresh().then(() => {
      done = true;
    });
    await clock.advance(299);
    expect(done).toBe(false);
    await clock.advance(1);
    expect(done).toBe(true);
  });
});
