import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../core/base/manual-clock.js';
import type { ProcessRow } from './proc-stat.js';
import { Termination } from './terminate.js';
import { descendantsOf, type KillTarget, killPlan, sendSignal, signalExactly } from './tree.js';

const one = { pid: 50, startedAt: '1', bootId: 'b' };
const target = (change: Partial<KillTarget>): KillTarget => ({
  platform: 'linux',
  stage: 'kill',
  rootPid: 42,
  leadsGroup: true,
  descendants: [one],
  ownPid: 7,
  ...change,
});

describe('W1: what ends a tree', () => {
  it.each<[string, Partial<KillTarget>, unknown]>([
    ['politely: the group', { stage: 'term' }, [{ kind: 'signal', target: -42, signal: 'SIGTERM' }]],
    ['politely, in our own group: the process alone', { stage: 'term', leadsGroup: false }, [{ kind: 'signal', target: 42, signal: 'SIGTERM' }]],
    [
      'hard: the group and who left it',
      {},
      [
        { kind: 'signal', target: -42, signal: 'SIGKILL' },
        { kind: 'signal-exactly', identity: one, signal: 'SIGKILL' },
      ],
    ],
    ['hard on macOS', { platform: 'darwin', descendants: [] }, [{ kind: 'signal', target: -42, signal: 'SIGKILL' }]],
    ['politely on Windows: nothing but the message before', { platform: 'win32', stage: 'term' }, []],
    ['hard on Windows: the tree tool', { platform: 'win32' }, [{ kind: 'run', file: 'taskkill', args: ['/PID', '42', '/T', '/F'] }]],
  ])('%s', (_what, change, plan) => {
    expect(killPlan(target(change))).toEqual(plan);
  });

  it.each([0, 1, -1, Number.NaN, 1.5, 7])('never pid %d', (pid) => {
    for (const platform of ['linux', 'darwin', 'win32'] as const) {
      for (const stage of ['term', 'kill'] as const) expect(killPlan(target({ platform, stage, rootPid: pid }))).toEqual([]);
    }
    expect(killPlan(target({ descendants: [{ ...one, pid }] })).length).toBe(1);
  });

  it('never ourselves nor the first process by identity', () => {
    for (const pid of [process.pid, 1, 0, -5]) expect(signalExactly({ ...one, pid }, 'SIGTERM')).toBe(false);
  });

  it.each([0, -0, 1, -1, Number.NaN, 2.5, process.pid, -process.pid])('a target of %d reaches nobody', (target) => {
    // SIGTERM would end this very test run.
    expect(sendSignal(target, 'SIGTERM')).toBe(false);
  });
});

describe('the descendants of a process', () => {
  const row = (pid: number, ppid: number, groupId: number, zombie = false): ProcessRow => ({
    pid,
    ppid,
    groupId,
    zombie,
    startedAt: String(pid),
    cpuMs: null,
    rssPages: null,
  });

  it('are children of children, its group, and their children; no zombies, no strangers, no endless ring', () => {
    const rows = [
      row(10, 1, 10),
      row(11, 10, 10),
      row(12, 11, 12),
      row(13, 12, 12),
      row(14, 1, 10),
      row(15, 14, 15),
      row(16, 10, 10, true),
      row(20, 1, 20),
      row(21, 22, 21),
      row(22, 21, 22),
    ];
    expect(
      descendantsOf(rows, 10)
        .map(({ pid }) => pid)
        .sort(),
    ).toEqual([11, 12, 13, 14, 15]);
    expect(descendantsOf(rows, 21).map(({ pid }) => pid)).toEqual([22]);
  });
});

describe('the ladder', () => {
  const open = () => {
    const clock = new ManualClock();
    const steps: string[] = [];
    const say = (step: string) => (): void => void steps.push(`${step} ${clock.monoMs()}`);
    return { clock, steps, termination: new Termination({ clock, steps: { message: say('message'), term: say('term'), kill: say('kill') } }) };
  };

  it('is message, polite signal, and kill again and again until the exit is seen', async () => {
    const { clock, steps, termination } = open();
    termination.walk({ message: {}, termAfterMs: 100, killAfterMs: 500 });
    await clock.advance(1_600);
    termination.end();
    await clock.advance(5_000);
    expect(steps).toEqual(['message 0', 'term 100', 'kill 500', 'kill 1500']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('is shortened by a shorter one, never lengthened by a longer one', async () => {
    const { clock, steps, termination } = open();
    termination.walk({ termAfterMs: 1_000, killAfterMs: 30_000 });
    await clock.advance(100);
    termination.walk({ termAfterMs: 50_000, killAfterMs: 60_000 });
    termination.walk({ message: {}, termAfterMs: 0, killAfterMs: 200 });
    await clock.advance(300);
    termination.end();
    expect(steps).toEqual(['message 100', 'term 100', 'kill 300']);
  });

  it('stops at the exit', async () => {
    const { clock, steps, termination } = open();
    termination.walk({ termAfterMs: 0, killAfterMs: 500 });
    termination.end();
    termination.walk({ termAfterMs: 0, killAfterMs: 0 });
    await clock.advance(1_000);
    expect(steps).toEqual(['term 0']);
  });
});
