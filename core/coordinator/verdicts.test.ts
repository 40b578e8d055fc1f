import { describe, expect, it } from 'vitest';
import { draw, plan } from './decide.js';
import { settle } from './fold.js';
import { repeatable } from './replay.js';
import type { ArmConfig, ArmStates } from './types.js';
import { verdicts, type Window } from './verdicts.js';

const window = (settled: number, arms: Readonly<Record<string, readonly [n: number, sum: number]>>): Window => ({
  settled,
  arms: Object.entries(arms).map(([arm, [n, sum]]) => ({ arm, n, sum })),
});

describe('verdicts', () => {
  it('are learning, undecided, competitive, leader, underperforming in words', () => {
    const now = window(4_000, { npc: [2_500, 1_800], tools: [1_200, 850], knowledge: [280, 150], fast: [19, 2], slow: [40, 26] });
    const found = Object.fromEntries(verdicts([now, now, now]).map((one) => [one.arm, one]));
    expect(found['npc']).toMatchObject({ state: 'leader', leader: null, text: 'npc leads with 0.72.' });
    expect(found['tools']).toMatchObject({ state: 'competitive', needsMore: null });
    expect(found['knowledge']?.state).toBe('underperforming');
    expect(found['knowledge']?.text).toMatch(/^knowledge is worse than npc by 0\.\d\d to 0\.\d\d\.$/);
    expect(found['fast']).toMatchObject({ state: 'learning' });
    expect(found['slow']).toMatchObject({ state: 'undecided' });
    expect(found['slow']?.text).toMatch(/needs about \d+ more rewards/);
  });

  it('condemn only after three windows in a row', () => {
    const bad = window(1_000, { a: [600, 420], b: [400, 180] });
    const good = window(950, { a: [560, 300], b: [390, 200] });
    expect(verdicts([good, bad, bad])[1]?.state).not.toBe('underperforming');
    expect(verdicts([bad, good, bad])[1]).toMatchObject({ windowsHeld: 1 });
    expect(verdicts([bad, bad, bad])[1]).toMatchObject({ state: 'underperforming', windowsHeld: 3 });
  });

  it('call an arm stale that got no reward for long', () => {
    const now = window(9_000, { a: [600, 420], b: [400, 180] });
    expect(verdicts([now, now, now], { b: 2_500 })[1]?.state).toBe('stale');
    expect(verdicts([])).toEqual([]);
  });

  // A plain z-test does so in more than half of such runs.
  it('hardly ever condemn one of equal arms, however often somebody looks', { timeout: 60_000 }, () => {
    const arms: readonly ArmConfig[] = ['a', 'b', 'c'].map((arm) => ({ arm, prior: 0.6, weight: 1, frozen: false }));
    let alarms = 0;
    for (let run = 0; run < 16; run++) {
      const random = repeatable(run + 11);
      let states: ArmStates = {};
      const windows: Window[] = [];
      let condemned = false;
      for (let t = 1; t <= 1_500; t++) {
        const { arm } = draw(plan(arms, { intent: null }, { arms: states }, t, { policy: 'epsilon-greedy', alpha: 2, warmupPulls: 300 }), random());
        states = settle(states, arm, random() < 0.6 ? 1_000_000 : 0);
        if (t % 50 !== 0) continue;
        windows.push({ settled: t, arms: arms.map((one) => ({ arm: one.arm, n: states[one.arm]?.n ?? 0, sum: (states[one.arm]?.sum ?? 0) / 1e6 })) });
        condemned ||= verdicts(windows).some((one) => one.state === 'underperforming');
      }
      alarms += Number(condemned);
    }
    expect(alarms).toBeLessThanOrEqual(1);
  });
});
