import { describe, expect, it } from 'vitest';
import type { ProcessView } from '../../contract/state.js';
import { ManualClock } from '../../core/base/manual-clock.js';
import { fakeHealth, fakeProcess, fakeState } from './fake-state.js';
import { type Publication, StateStore } from './state-store.js';

function setup() {
  const clock = new ManualClock();
  const store = new StateStore({ clock, initial: fakeState });
  const heard: Publication[] = [];
  return { clock, store, heard, listen: (publication: Publication) => heard.push(publication) };
}

/** Says when somebody turns it into text. */
const traced = (onText: () => void): ProcessView[] => [
  Object.assign(
    { ...fakeProcess },
    {
      toJSON: () => {
        onText();
        return fakeProcess;
      },
    },
  ),
];

describe('the state while nobody listens', () => {
  it('is kept without being compared, and without a timer', async () => {
    const { store, clock } = setup();
    let texts = 0;
    for (let round = 0; round < 10; round++) {
      store.set(
        'processes',
        traced(() => texts++),
      );
      await clock.advance(50);
    }
    expect(texts).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it('is whole for the first who comes, who hears of it once', async () => {
    const { store, clock, heard, listen } = setup();
    store.set('health', { ...fakeHealth, uptimeMs: 7 });
    const { state } = store.subscribe(listen);
    expect(state.health.uptimeMs).toBe(7);
    store.set('health', { ...fakeHealth, uptimeMs: 7 });
    await clock.advance(1_000);
    expect(heard).toEqual([]);
    store.set('health', { ...fakeHealth, uptimeMs: 8 });
    await clock.advance(1_000);
    expect(heard).toEqual([{ kind: 'change', slice: 'health', value: { ...fakeHealth, uptimeMs: 8 } }]);
  });

  it('does not send again to the next what changed and changed back between two visits', async () => {
    const { store, clock, heard, listen } = setup();
    const first = store.subscribe(listen);
    store.set('health', { ...fakeHealth, uptimeMs: 1 });
    first.off();
    store.set('health', { ...fakeHealth, uptimeMs: 2 });
    heard.length = 0;
    store.subscribe(listen);
    store.set('health', { ...fakeHealth, uptimeMs: 1 });
    await clock.advance(1_000);
    expect(heard).toEqual([{ kind: 'change', slice: 'health', value: { ...fakeHealth, uptimeMs: 1 } }]);
  });
});

describe('whether the state is watched', () => {
  it('follows the screens, each counted once, whatever they do', () => {
    const { store, listen } = setup();
    expect(store.watched).toBe(false);
    const [one, two] = [store.subscribe(listen), store.subscribe(listen)];
    one.off();
    one.off();
    expect(store.watched).toBe(true);
    two.off();
    expect(store.watched).toBe(false);
  });

  it('is not decided by a part of the desktop that is always there', () => {
    const { store, listen } = setup();
    store.subscribe(listen, 'part');
    expect(store.watched).toBe(false);
  });

  it('is told when the first screen comes, after it has its snapshot', async () => {
    const { store, heard, listen } = setup();
    let told = 0;
    store.onWatched(() => {
      told++;
      store.set('health', { ...fakeHealth, uptimeMs: 99 });
    });
    const { state } = store.subscribe(listen);
    expect([told, heard]).toEqual([0, []]);
    expect(state.health.uptimeMs).not.toBe(99);
    store.subscribe(listen);
    await Promise.resolve();
    expect(told).toBe(1);
    expect(heard.at(-1)).toMatchObject({ slice: 'health' });
  });
});
