import { expect, it } from 'vitest';
import { silentLog } from '../../core/base/log.js';
import { ManualClock } from '../../core/base/manual-clock.js';
import { OrphanSweep } from './orphan-sweep.js';

/** One queue whose active jobs and reports the test moves by hand. */
function world() {
  const state = { active: [] as string[], held: [] as string[], heard: true, open: true, away: false };
  const put: string[] = [];
  const clock = new ManualClock();
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
    clock,
    log: silentLog,
  });
  /** The looks of so many seconds, one every ten. */
  const looks = async (seconds: number): Promise<number> => {
    let returned = 0;
    for (let at = 0; at < seconds; at += 10) {
      await clock.advance(10_000);
      returned += await sweep.look().catch(() => 0);
    }
    return returned;
  };
  return { state, put, looks };
}

it('puts back what is active and in nobody’s hands for half a minute, and nothing else', async () => {
  const { state, put, looks } = world();
  Object.assign(state, { active: ['lost', 'running', 'foreign'], held: ['running'] });
  expect(await looks(30)).toBe(0);
  state.active.push('new');
  expect(await looks(10)).toBe(1);
  expect(put).toEqual(['lost']);
  state.active = state.active.filter((id) => id !== 'new');
  expect(await looks(60)).toBe(0);
});

it('a job in somebody’s hands at one of the looks is nobody’s orphan', async () => {
  const { state, put, looks } = world();
  Object.assign(state, { active: ['a'], held: [] });
  await looks(30);
  state.held = ['a'];
  await looks(10);
  state.held = [];
  await looks(30);
  expect(put).toEqual([]);
});

it('a look at which a worker was not heard says nothing, and puts nothing back', async () => {
  const { state, put, looks } = world();
  state.active = ['a'];
  await looks(10);
  state.heard = false;
  expect(await looks(60)).toBe(0);
  state.heard = true;
  expect(await looks(10)).toBe(1);
  expect(put).toEqual(['a']);
});

it.each([
  ['closed queues', { open: false }],
  ['a Redis that is away', { away: true }],
])('%s: the suspicion begins anew', async (_name, trouble) => {
  const { state, put, looks } = world();
  state.active = ['a'];
  await looks(30);
  Object.assign(state, trouble);
  await looks(10);
  Object.assign(state, { open: true, away: false });
  expect(await looks(30)).toBe(0);
  expect(put).toEqual([]);
  expect(await looks(10)).toBe(1);
});
