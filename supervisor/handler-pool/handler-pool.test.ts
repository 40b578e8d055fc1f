import { describe, expect, it } from 'vitest';
import type { RunOutcome, RunRequest } from '../../contract/handler-messages.js';
import { silentLog } from '../../core/base/log.js';
import { ManualClock } from '../../core/base/manual-clock.js';
import { type FakeIncarnation, FakeLauncher } from '../pool/fake-launcher.js';
import { HandlerPool } from './handler-pool.js';

const request = (more: Partial<RunRequest> = {}): RunRequest => ({
  name: 'command',
  queue: 'maintenance',
  jobId: '7',
  data: {},
  attempt: 1,
  maxAttempts: 3,
  fence: 1,
  softMs: 300_000,
  hardMs: 330_000,
  ...more,
});

/** A job in the hands of a process that beats each second while the test lets time pass. */
async function running(more: Partial<RunRequest> = {}) {
  const clock = new ManualClock();
  let child: FakeIncarnation | undefined;
  const launcher = new FakeLauncher(clock, (incarnation) => {
    child = incarnation;
    queueMicrotask(() => incarnation.wire?.receive({ type: 'ready' }));
  });
  const pool = new HandlerPool({
    launcher,
    clock,
    log: silentLog,
    settings: () => ({ processes: 1, recycleAfterJobs: 0, memoryBytes: 1e9, idleAfterMs: 60_000 }),
    setup: () => ({ type: 'setup', node: 'n', prefix: 'p', redis: { path: '/s' }, dataDir: '/d', folder: null, revision: '', env: {} }),
    deadlines: () => ({ softMs: 300_000, hardMs: 330_000 }),
    answer: async () => ({ result: null }),
  });
  pool.start();
  let outcome: RunOutcome | undefined;
  void pool.run('worker-1', request(more), () => undefined).outcome.then((ended) => (outcome = ended));
  await clock.advance(10);
  const says = (message: object): void => child?.wire?.receive(message);
  return {
    clock,
    says,
    quiet: (forMs: number) => says({ type: 'news', runId: 1, news: { kind: 'quiet', forMs } }),
    async awake(seconds: number): Promise<void> {
      for (let n = 0; n < seconds; n++) {
        says({ type: 'beat', rssBytes: 1e6 });
        await clock.advance(1_000);
      }
    },
    outcome: () => outcome,
  };
}

describe('HandlerPool', () => {
  it('takes a job whose process is silent, or that stands still, for stalled', async () => {
    const silent = await running();
    await silent.clock.advance(31_000);
    expect(silent.outcome()).toMatchObject({ kind: 'failed', code: 'stalled' });
    const still = await running();
    await still.awake(62);
    expect(still.outcome()).toMatchObject({ kind: 'failed', code: 'stalled' });
  });

  it('a machine that slept for an hour: the job in hand is neither stalled nor late, and has its full limits again', async () => {
    const t = await running();
    await t.awake(20);
    t.clock.sleep(3_600_000);
    await t.clock.advance(28_000);
    expect(t.outcome()).toBeUndefined();
    await t.clock.advance(3_000);
    expect(t.outcome()).toMatchObject({ code: 'stalled', message: expect.stringMatching(/sign of life for 3[01] s/) });
  });

  it('a deadline and an announced quiet count only time awake', async () => {
    const t = await running();
    t.quiet(600_000);
    await t.awake(100);
    t.clock.sleep(3_600_000);
    await t.awake(229);
    expect(t.outcome()).toBeUndefined();
    await t.awake(2);
    expect(t.outcome()).toMatchObject({ code: 'deadline' });
  });
});
