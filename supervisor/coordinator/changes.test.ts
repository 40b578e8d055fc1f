import { describe, expect, it } from 'vitest';
import { configSchema } from '../../contract/config.js';
import type { Verdict } from '../../contract/coordinator-views.js';
import { type LiveChanges, liveSettings, noChanges } from '../../core/coordinator/live-settings.js';
import { fakeCoordinator } from '../state/fake-coordinator.js';
import { added, type Change, frozen, patched, reset, resetAll, retired, reverted } from './changes.js';
import { verdictNews } from './verdict-news.js';

const config = configSchema.parse({}).coordinator;
const apply = (change: Change, changes: LiveChanges = noChanges) => change.apply({ version: 3, changes });
const countsNow = (changes: LiveChanges) => liveSettings(config, changes, 4);

describe('changes while running', () => {
  it('patch what is named and nothing else, in words', () => {
    const change = patched(config, { alpha: 0.5, halfLife: null, arms: { npc: { weight: 2 } } });
    expect(change.what).toBe('alpha 0.5, nothing fades, npc weight 2');
    const live = countsNow(apply(change, { ...noChanges, policy: 'ucb1' }));
    expect(live).toMatchObject({ policy: 'ucb1', alpha: 0.5, memory: { halfLife: 'never' }, warmupPulls: 1_000 });
    expect(live.arms['npc']).toMatchObject({ weight: 2, prior: 0.7 });
    expect(() => patched(config, {})).toThrowError(expect.objectContaining({ code: 'bad-request' }));
    expect(() => apply(patched(config, { arms: { ghost: { weight: 1 } } }))).toThrowError(expect.objectContaining({ code: 'not-found', field: 'arm' }));
  });

  it('never leave nothing to choose from', () => {
    let changes = apply(frozen(config, 'npc', true));
    changes = apply(retired(config, 'tools'), changes);
    for (const last of [frozen(config, 'knowledge', true), retired(config, 'knowledge')])
      expect(() => apply(last, changes)).toThrowError(expect.objectContaining({ code: 'bad-request' }));
    expect(countsNow(apply(frozen(config, 'npc', false), changes)).arms['npc']?.frozen).toBe(false);
  });

  it('give a reset arm new sums each time, and everything a new warm-up', () => {
    const twice = apply(reset(config, 'npc'), apply(reset(config, 'npc')));
    expect(countsNow(twice).arms['npc']).toMatchObject({ slot: 'npc~2', latecomer: true });
    const all = countsNow(apply(resetAll(config, 700), twice));
    expect(all).toMatchObject({ since: 700, arms: { npc: { slot: 'npc~3', latecomer: false }, tools: { slot: 'tools~1' } } });
  });

  it('add an arm at the mean of the others, and take a retired one back with its sums', () => {
    const first = apply(added(config, { arm: 'fast' }, 0.61234));
    expect(countsNow(first).arms['fast']).toMatchObject({ prior: 0.612, added: true });
    expect(() => apply(added(config, { arm: 'fast' }, 0.5), first)).toThrowError(expect.objectContaining({ code: 'conflict' }));
    const gone = apply(retired(config, 'fast'), apply(reset(config, 'fast'), first));
    expect(countsNow(apply(added(config, { arm: 'fast' }, 0.5), gone)).arms['fast']).toMatchObject({ retired: false, prior: 0.612, slot: 'fast~1' });
    expect(() => apply(retired(config, 'fast'), gone)).toThrowError(expect.objectContaining({ code: 'conflict' }));
  });

  it('go back to the file without forgetting what was learned', () => {
    const changes = apply(reset(config, 'npc'), apply(added(config, { arm: 'fast' }, 0.5), { ...noChanges, alpha: 3, since: 50 }));
    const back = countsNow(apply(reverted(config), changes));
    expect(back).toMatchObject({ alpha: 1, since: 50, arms: { npc: { slot: 'npc~1' }, fast: { retired: true } } });
  });
});

describe('news of verdicts', () => {
  const view = (state: Verdict['state']) => ({
    ...fakeCoordinator,
    arms: [{ arm: 'b', verdict: { arm: 'b', state, text: 'b is worse than a by 0.08 to 0.15.' } }] as unknown as typeof fakeCoordinator.arms,
  });

  it('are told once when an arm becomes worse, and when it no longer is', () => {
    expect(verdictNews(null, view('underperforming'))).toEqual([]);
    expect(verdictNews(view('undecided'), view('underperforming'))).toEqual([
      { severity: 'warning', kind: 'arm-underperforming', message: 'b is worse than a by 0.08 to 0.15.' },
    ]);
    expect(verdictNews(view('underperforming'), view('underperforming'))).toEqual([]);
    expect(verdictNews(view('underperforming'), view('competitive'))).toMatchObject([{ severity: 'info', kind: 'arm-recovered' }]);
  });
});
