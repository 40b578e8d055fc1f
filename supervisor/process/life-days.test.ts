import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../core/base/manual-clock.js';
import { LifeDays } from './life-days.js';

const noon = new Date(2026, 4, 4, 12).getTime();
const hour = 3_600_000;

describe('LifeDays', () => {
  it('tells today from the days before, and lets go what is more than seven days old', async () => {
    const clock = new ManualClock(noon);
    const days = new LifeDays(clock);
    days.startedByHand();
    days.startedAgain('crash');
    await clock.advance(24 * hour);
    days.startedByHand();
    days.startedByHand();
    days.startedAgain('stalled');
    expect(days.figures(0)).toMatchObject({ manualRestartsToday: 2, manualRestartsWeek: 3, restartsByCause: { crash: 1, stalled: 1 } });
    await clock.advance(6 * 24 * hour);
    expect(days.figures(0)).toMatchObject({ manualRestartsToday: 0, manualRestartsWeek: 3 });
    await clock.advance(24 * hour);
    expect(days.figures(0)).toMatchObject({ manualRestartsWeek: 2, restartsByCause: { stalled: 1 } });
  });

  it('divides the running time by the failures, the present life included', () => {
    const days = new LifeDays(new ManualClock(noon));
    days.ran(10_000);
    expect(days.figures(5_000).mtbfMs).toBeNull();
    days.failed();
    days.failed();
    expect(days.figures(5_000).mtbfMs).toBe(7_500);
  });

  it('adds what an earlier run wrote down, and drops days of a clock that ran ahead', () => {
    const stored = { ranMs: 60_000, failures: 1, byHand: 2, restarts: { crash: 1 } as const };
    const days = new LifeDays(new ManualClock(noon));
    days.startedAgain('crash');
    days.restore({ '2026-05-04': stored, '2026-05-03': stored, '2026-04-20': stored, '2036-01-01': stored });
    expect(days.figures(0)).toEqual({ restartsByCause: { crash: 3 }, manualRestartsToday: 2, manualRestartsWeek: 4, mtbfMs: 60_000 });
    expect(Object.keys(days.stored).sort()).toEqual(['2026-05-03', '2026-05-04']);
  });
});
