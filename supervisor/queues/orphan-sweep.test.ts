import { expect, it } from 'vitest';
import { silentLog } from '../../core/base/log.js';
import { OrphanSweep } from './orphan-sweep.js';

/** One queue whose active jobs and reports the test moves by hand. */
function world() {
  const state = { active: [] as string[], held: [] as string[], heard: true, open: true, away: false };
  const put: string[] = [];
  const sweep = new OrphanSweep({
    registry: () =>
      state.open
        ? {
            names: ['turns'],
            active: async () => {
              if (state.away) throw new Error('away');
              return state.active.map((id) => ({ id, name: 'turn', data: {}, processedBy: 'n.w' }));
            },
            requeueActive: async (_queue, { predicate, countsAsDeath }) => {
              expect(countsAsDeath).toBe(false);
              const requeued = state.active.filter((id) => predicate({ id, name: 'turn', data: {}, processedBy: 'n.w' }));
              put.push(...requeued);
              state.active = state.active.filter((id) => !requeued.includes(id));
              return { requeued, poisoned: [], tookMs: 0 };
            },
          }
        : undefined,
    heldForSure: () => (state.heard ? new Set(state.held) : undefined),
    ours: (job) => job.id !== 'foreign',
    log: silentLog,
  });
  return { state, put, sweep };
}

it('puts back what is active and in nobody’s hands at two looks, and nothing else', async () => {
  const { state, put, sweep } = world();
  Object.assign(state, { active: ['lost', 'running', 'foreign'], held: ['running'] });
  expect(await sweep.look()).toBe(0);
  state.active.push('new');
  expect(await sweep.look()).toBe(1);
  expect(put).toEqual(['lost']);
  state.active = state.active.filter((id) => id !== 'new');
  expect(await sweep.look()).toBe(0);
});

it('a job in somebody’s hands at one of the looks is nobody’s orphan', async () => {
  const { state, put, sweep } = world();
  Object.assign(state, { active: ['a'], held: [] });
  await sweep.look();
  state.held = ['a'];
  await sweep.look();
  state.held = [];
  await sweep.look();
  expect(put).toEqual([]);
});

it.each([
  ['a worker that was not heard', { heard: false }],
  ['closed queues', { open: false }],
  ['a Redis that is away', { away: true }],
])('%s begins the suspicion anew', async (_name, trouble) => {
  const { state, put, sweep } = world();
  state.active = ['a'];
  await sweep.look();
  Object.assign(state, trouble);
  await sweep.look().catch(() => undefined);
  Object.assign(state, { heard: true, open: true, away: false });
  expect(await sweep.look()).toBe(0);
  expect(put).toEqual([]);
  expect(await sweep.look()).toBe(1);
});
