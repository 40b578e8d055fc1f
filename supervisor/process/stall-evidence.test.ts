import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../core/base/manual-clock.js';
import { onLinux } from '../../core/base/test-conditions.js';
import { type KernelView, kernelView, parseStack, parseStatus, stallEvidence } from './stall-evidence.js';

const view = (more: Partial<KernelView> = {}): KernelView => ({
  state: 'S (sleeping)',
  threads: '11',
  resident: '80000 kB',
  waitsIn: 'futex_wait',
  stack: [],
  cpuMs: 0,
  files: 9,
  sockets: 2,
  ...more,
});
const never = () => new Promise<never>(() => undefined);

async function taken(look: (round: number) => KernelView | null, ask: (() => Promise<readonly string[]>) | null = never, pid: number | null = 7) {
  const clock = new ManualClock();
  let round = 0;
  const evidence = stallEvidence({ clock, pid, ...(ask === null ? {} : { ask }), look: async () => look(round++) });
  await clock.advance(2_000);
  expect(clock.pendingTimers).toBe(0);
  return evidence;
}

describe('evidence of a standstill', () => {
  it('is what the process says, when it answers', async () => {
    expect(
      await taken(
        () => null,
        async () => ['its event loop turns', 'holds t1'],
      ),
    ).toEqual({
      summary: 'its event loop turns',
      lines: ['its event loop turns', 'holds t1'],
    });
  });

  it.each<[string, (round: number) => KernelView | null, RegExp]>([
    ['busy', (round) => view({ state: 'R (running)', waitsIn: null, cpuMs: round * 198 }), /busy \(99 %\)/],
    ['busy on a crowded machine', () => view({ state: 'R (running)', waitsIn: null }), /busy \(0 %\)/],
    ['stopped', () => view({ state: 'T (stopped)' }), /stopped by a signal/],
    ['disk', () => view({ state: 'D (disk sleep)', waitsIn: 'nfs_wait' }), /hangs in the kernel \(nfs_wait\)/],
    ['blocked', () => view({ stack: ['futex_wait', 'do_futex'] }), /blocked in a call \(futex_wait\)/],
    ['gone', () => null, /gave no answer within 1500 ms$/],
    ['going', (round) => (round === 0 ? view() : null), /gave no answer within 1500 ms$/],
  ])('is what the kernel sees, when it does not: %s', async (_what, look, summary) => {
    expect((await taken(look)).summary).toMatch(summary);
  });

  it('is what the kernel sees of a program that cannot be asked', async () => {
    const { summary, lines } = await taken(() => view(), null);
    expect(summary).toBe('it is blocked in a call (futex_wait)');
    expect(lines[1]).toContain('9 open files, 2 of them sockets');
    expect(await taken(() => null, null)).toEqual({ summary: 'it cannot be asked', lines: ['it cannot be asked'] });
  });

  it('comes also when asking fails and nobody is there', async () => {
    expect(
      (
        await taken(
          () => view(),
          () => Promise.reject(new Error('the channel is closed')),
          null,
        )
      ).lines,
    ).toHaveLength(1);
  });

  it.runIf(onLinux('what the kernel tells of a process'))('reads the kernel as it is', async () => {
    expect(await kernelView(process.pid)).toMatchObject({
      state: expect.stringMatching(/^[RS] /),
      threads: expect.stringMatching(/^\d+$/),
      resident: expect.stringMatching(/kB$/),
    });
    expect(await kernelView(4_194_301)).toBeNull();
  });

  it('parses what may be missing', () => {
    expect(parseStatus('Name:\tnode\nState:\tT (stopped)\nThreads:\t11\n')).toEqual({ state: 'T (stopped)', threads: '11', resident: 'unknown' });
    expect(parseStack('[<0>] do_wait+0x5d/0x100\n[<0>] kernel_wait4\n\n')).toEqual(['do_wait', 'kernel_wait4']);
  });
});
