import { expect, it } from 'vitest';
import { silentLog } from '../../core/base/log.js';
import { ManualClock } from '../../core/base/manual-clock.js';
import { orphansOf, returnOrphans } from './orphans.js';
import type { JobFacts } from './recovery.js';

it.each([
  [['a', 'b'], ['a', 'b'], ['b'], ['a']],
  [['a'], ['b'], [], []],
  [[], ['a'], [], []],
  [['a'], ['a'], ['a'], []],
])('active %j, then %j, held %j: orphans %j', (first, second, held, orphans) => {
  expect(orphansOf(first, second, new Set(held))).toEqual(orphans);
});

it('puts back only what nobody held at either look', async () => {
  const clock = new ManualClock();
  const jobs = (...ids: string[]): JobFacts[] => ids.map((id) => ({ id, name: 'turn', data: {}, processedBy: 'n.w' }));
  let active = jobs('lost', 'running', 'fresh', 'foreign');
  let held = ['running'];
  const put: string[] = [];
  const done = returnOrphans({
    registry: {
      names: ['turns', 'coach'],
      active: async (queue) => (queue === 'turns' ? active : []),
      requeueActive: async (_queue, { predicate }) => {
        const requeued = active.filter(predicate).map(({ id }) => id);
        put.push(...requeued);
        return { requeued, poisoned: [], tookMs: 0 };
      },
    },
    held: () => new Set(held),
    ours: (job) => job.id !== 'foreign',
    clock,
    log: silentLog,
    signal: new AbortController().signal,
  });
  await new Promise((resolve) => setImmediate(resolve));
  held = ['fresh'];
  active = jobs('lost', 'running', 'fresh', 'foreign', 'new');
  clock.advance(3_000);
  expect(await done).toBe(1);
  expect(put).toEqual(['lost']);
});
