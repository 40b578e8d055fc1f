import { describe, expect, it } from 'vitest';
import type { SessionView, State } from '../contract/state.js';
import { silentLog } from '../core/base/log.js';
import { ManualClock } from '../core/base/manual-clock.js';
import { StateStore } from '../supervisor/state/state-store.js';
import { state } from './test-state.js';
import { awakePlan, lingerMs, WorkAwake, worksNow } from './work-awake.js';

const calm = state({});
const session = (status: SessionView['status']) => ({ total: 1, items: [{ status } as SessionView] });
const jobs = (queue: string, active: number): Pick<State, 'health'> => ({
  health: { ...calm.health, queues: { [queue]: { waiting: 5, active, delayed: 0, failed: 0, completed: 0, oldestWaitingMs: null, workers: 1 } } },
});
const elsewhere = { about: { ...calm.about, redis: { ...calm.about.redis, mode: 'external' as const } } };

describe('whether something is computed here', () => {
  it.each<[string, Partial<State>, boolean]>([
    ['nothing', {}, false],
    ['a turn', { sessions: session('busy') }, true],
    ['a session at rest', { sessions: session('ready') }, false],
    ['a turn that waits for a person, though its job is in hand', { sessions: session('waiting-human'), ...jobs('turns', 1) }, false],
    ['a job', jobs('analytics', 1), true],
    ['jobs that wait', jobs('analytics', 0), false],
    ['a job somewhere on a shared Redis', { ...jobs('analytics', 1), ...elsewhere }, false],
    ['a turn of ours, with a shared Redis', { sessions: session('busy'), ...elsewhere }, true],
  ])('%s', (_what, change, works) => expect(worksNow({ ...calm, ...change })).toBe(works));
});

describe('whether macOS is kept from a nap', () => {
  it.each<[string, Parameters<typeof awakePlan>[0], ReturnType<typeof awakePlan>]>([
    ['while it works', { platform: 'darwin', works: true, lastWorkMono: null, nowMono: 9 }, { awake: true, lastWorkMono: 9, againInMs: null }],
    ['a little longer', { platform: 'darwin', works: false, lastWorkMono: 9, nowMono: 59 }, { awake: true, lastWorkMono: 9, againInMs: lingerMs - 50 }],
    ['not for ever', { platform: 'darwin', works: false, lastWorkMono: 9, nowMono: 9 + lingerMs }, { awake: false, lastWorkMono: null, againInMs: null }],
    ['not before the first work', { platform: 'darwin', works: false, lastWorkMono: null, nowMono: 9 }, { awake: false, lastWorkMono: null, againInMs: null }],
    ['nowhere else', { platform: 'linux', works: true, lastWorkMono: 9, nowMono: 9 }, { awake: false, lastWorkMono: null, againInMs: null }],
    ['nor there', { platform: 'win32', works: true, lastWorkMono: null, nowMono: 9 }, { awake: false, lastWorkMono: null, againInMs: null }],
  ])('%s', (_what, facts, plan) => expect(awakePlan(facts)).toEqual(plan));
});

describe('WorkAwake', () => {
  function rig(platform = 'darwin') {
    const clock = new ManualClock();
    const store = new StateStore({ clock, initial: calm });
    const told: string[] = [];
    const awake = new WorkAwake({
      state: store,
      platform,
      clock,
      log: silentLog,
      blocker: {
        start: (type) => told.push(`start ${type}`),
        stop: (id) => told.push(`stop ${id}`),
      },
    });
    awake.start();
    const work = async (status: SessionView['status'], forMs: number): Promise<void> => {
      store.set('sessions', session(status));
      await clock.advance(forMs);
    };
    return { clock, store, told, awake, work };
  }

  it('holds over a line of short turns and lets go a minute after the last', async () => {
    const { told, work, clock } = rig();
    await work('ready', 1_000);
    expect(told).toEqual([]);
    for (let turn = 0; turn < 5; turn++) {
      await work('busy', 2_000);
      await work('ready', 20_000);
    }
    expect(told).toEqual(['start prevent-app-suspension']);
    await clock.advance(lingerMs);
    expect(told).toEqual(['start prevent-app-suspension', 'stop 1']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('lets go at once at the end of Roost, and is no screen', async () => {
    const { told, work, awake, store, clock } = rig();
    await work('busy', 1_000);
    expect(store.watched).toBe(false);
    awake.stop();
    awake.stop();
    await work('ready', 100);
    await work('busy', 100);
    expect(told).toEqual(['start prevent-app-suspension', 'stop 1']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('does nothing on other systems', async () => {
    const { told, work } = rig('linux');
    await work('busy', 1_000);
    expect(told).toEqual([]);
  });
});
