import { expect, it } from 'vitest';
import { ManualClock } from '../../core/base/manual-clock.js';
import { Leftovers } from './leftovers.js';
import type { Identity } from './types.js';

interface Look {
  readonly atMs: number;
  readonly ids: readonly string[];
}

function house(answer: (ids: readonly string[]) => Promise<ReadonlyMap<string, readonly number[]>> = async () => new Map()) {
  const clock = new ManualClock();
  const looks: Look[] = [];
  const told: string[] = [];
  const kill = (roots: ReadonlyMap<string, readonly Identity[]>): Promise<ReadonlyMap<string, readonly number[]>> => {
    const ids = [...roots.keys()];
    looks.push({ atMs: clock.monoMs(), ids });
    return answer(ids);
  };
  const leftovers = new Leftovers({ clock, roundsMs: [30, 1_000], kill });
  const exit = (incarnationId: string): void =>
    leftovers.exited({
      incarnationId,
      snapshot: () => [],
      onKilled: (pids) => void told.push(`${incarnationId} left ${pids.join()}`),
      onError: (error) => void told.push(`${incarnationId}: ${(error as Error).message}`),
    });
  return { clock, looks, told, exit, startMs: clock.monoMs() };
}

it('looks soon after an exit and once more, and tells the one that left something behind', async () => {
  const { clock, looks, told, exit, startMs } = house(async (ids) => new Map(ids.includes('b') ? [['b', [7, 8]]] : []));
  exit('a');
  exit('b');
  await clock.advance(2_000);
  expect(looks.map(({ atMs, ids }) => [atMs - startMs, ids.join()])).toEqual([
    [30, 'a,b'],
    [1_000, 'a,b'],
  ]);
  expect(told).toEqual(['b left 7,8', 'b left 7,8']);
});

it('looks a few times when a hundred processes end one after the other, for each of them twice', async () => {
  const { clock, looks, exit } = house();
  for (let n = 0; n < 100; n++) {
    exit(`p${n}`);
    await clock.advance(2);
  }
  await clock.advance(2_000);
  expect(looks.length).toBeLessThanOrEqual(10);
  const seen = looks.flatMap(({ ids }) => ids);
  for (let n = 0; n < 100; n++) expect(seen.filter((id) => id === `p${n}`)).toHaveLength(2);
});

it('leaves nobody out who ends while it looks, nor after a look that failed', async () => {
  let fail: (error: Error) => void = () => undefined;
  const { clock, looks, told, exit } = house((ids) =>
    ids.includes('slow') && looks.length === 1 ? new Promise((_, reject) => (fail = reject)) : Promise.resolve(new Map()),
  );
  exit('slow');
  await clock.advance(40);
  exit('late');
  await clock.advance(500);
  expect(looks).toHaveLength(1);
  fail(new Error('no /proc'));
  await clock.advance(100);
  expect(told).toEqual(['slow: no /proc']);
  expect(looks[1]?.ids).toEqual(['late']);
  await clock.advance(2_000);
  expect(
    looks
      .slice(2)
      .flatMap(({ ids }) => ids)
      .sort(),
  ).toEqual(['late', 'slow']);
});
