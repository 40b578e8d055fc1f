import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { silentLog } from '../../core/base/log.js';
import { ManualClock } from '../../core/base/manual-clock.js';
import { FakeLauncher } from './fake-launcher.js';
import { RestartBudget } from './restart-budget.js';
import { SupervisedProcess } from './supervised-process.js';

const limits = { starts: 3, windowMs: 1_000 };

describe('RestartBudget', () => {
  it('grants at once up to the limit, then in the order of asking', () => {
    const budget = new RestartBudget(limits);
    expect([0, 10, 20, 30, 40, 50, 60].map((at) => budget.take(at))).toEqual([0, 10, 20, 1_000, 1_010, 1_020, 2_000]);
    expect(budget.take(9_000)).toBe(9_000);
  });

  it('gives a time back that is not wanted', () => {
    const budget = new RestartBudget(limits);
    for (const at of [0, 0, 0]) budget.take(at);
    const later = budget.take(1);
    budget.giveBack(later);
    expect(budget.take(2)).toBe(later);
  });

  it('never lets more than the limit into any window, delays no start for ever, and keeps the order', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(700), fc.boolean()), { maxLength: 80 }), (asks) => {
        const budget = new RestartBudget(limits);
        const kept: number[] = [];
        let nowMs = 0;
        let last = 0;
        for (const [afterMs, unwanted] of asks) {
          nowMs += afterMs;
          const atMs = budget.take(nowMs);
          expect(atMs).toBeGreaterThanOrEqual(nowMs);
          const ahead = kept.filter((one) => one > nowMs - limits.windowMs).length;
          expect(atMs - nowMs).toBeLessThanOrEqual(limits.windowMs * Math.ceil((ahead + 1) / limits.starts));
          if (unwanted && atMs > nowMs) budget.giveBack(atMs);
          else {
            expect(atMs).toBeGreaterThanOrEqual(last);
            last = atMs;
            kept.push(atMs);
          }
        }
        for (const atMs of kept) expect(kept.filter((one) => one > atMs - limits.windowMs && one <= atMs).length).toBeLessThanOrEqual(limits.starts);
      }),
    );
  });
});

describe('many processes with one budget', () => {
  const fleet = (count: number, clock: ManualClock, budget: RestartBudget) => {
    const launcher = new FakeLauncher(clock);
    const processes = Array.from({ length: count }, (_, n) => {
      const name = `service-${n}`;
      return new SupervisedProcess({
        name,
        kind: 'service',
        required: false,
        launcher,
        clock,
        random: () => 0.5,
        log: silentLog,
        budget,
        spec: {
          launch: () => ({ name, kind: 'service', program: { command: ['x'] }, env: {}, stdin: 'none', wire: 'none' }),
          ready: () => Promise.resolve(),
          startTimeoutMs: 1_000,
        },
      });
    });
    return { launcher, processes };
  };

  it('that all die at once come back ten a minute; all of them do, and each says why it waits', async () => {
    const clock = new ManualClock();
    const { launcher, processes } = fleet(25, clock, new RestartBudget());
    for (const one of processes) one.start();
    await clock.advance(10_000);
    for (const child of launcher.live) child.end(1);
    const restarted = (): number => launcher.children.length - 25;
    await clock.advance(10_000);
    expect(restarted()).toBe(10);
    const waiting = processes.filter((one) => one.status.kind === 'backoff');
    expect(waiting.length).toBe(15);
    expect(waiting[0]?.view().detail).toContain('Waits for its turn: Roost restarts at most 10 processes within 60 s');
    expect(
      launcher
        .logFor(waiting[0]?.name ?? '')
        .read(5)
        .some(({ text }) => text.includes('Waits for its turn')),
    ).toBe(true);
    // A person need not wait, and who is stopped needs no turn.
    waiting[0]?.start('person');
    void waiting[1]?.stop('asked by a person');
    await clock.advance(0);
    expect(restarted()).toBe(11);
    await clock.advance(60_000);
    expect(restarted()).toBe(19);
    await clock.advance(60_000);
    expect(restarted()).toBe(24);
    expect(processes.filter((one) => one.status.kind === 'running').length).toBe(24);
    expect(clock.pendingTimers).toBe(0);
  });

  it('a planned renewal is free', async () => {
    const clock = new ManualClock();
    const { launcher, processes } = fleet(15, clock, new RestartBudget());
    for (const one of processes) one.start();
    await clock.advance(10_000);
    for (const one of processes) one.condemn('recycled', 'it did its 100 jobs');
    await clock.advance(1_000);
    expect(launcher.children.length).toBe(30);
  });
});
