import { describe, expect, it } from 'vitest';
import type { ExitCause } from '../../contract/state.js';
import { ManualClock } from '../../core/base/manual-clock.js';
import { LifeRecord } from './life-record.js';

const noon = new Date(2026, 4, 4, 12).getTime();
const exit = (cause: ExitCause) => ({ atMs: 0, cause, code: 1, signal: null, message: 'm' });

describe('LifeRecord', () => {
  it('counts restarts by the cause of the exit before, apart from those a person asked for', () => {
    const record = new LifeRecord(new ManualClock(noon));
    record.started('system');
    for (const cause of ['crash', 'stalled', 'crash'] as const) {
      record.ended(exit(cause));
      record.started('policy');
    }
    record.ended(exit('deliberate'));
    record.started('person');
    expect(record.view(true)).toMatchObject({ restarts: 3, manualRestarts: 1, manualRestartsToday: 1, restartsByCause: { crash: 2, stalled: 1 } });
  });

  it('forgets at midnight what a person did today', async () => {
    const clock = new ManualClock(noon);
    const record = new LifeRecord(clock);
    for (const _ of [1, 2, 3]) record.started('person');
    expect(record.view(true).manualRestartsToday).toBe(2);
    await clock.advance(11 * 3_600_000);
    expect(record.view(true).manualRestartsToday).toBe(2);
    await clock.advance(2 * 3_600_000);
    record.started('person');
    expect(record.view(true)).toMatchObject({ manualRestarts: 3, manualRestartsToday: 1 });
  });

  it('a pause for too many requests is no failure', async () => {
    const clock = new ManualClock(noon);
    const record = new LifeRecord(clock);
    for (const cause of ['rate-limit', 'crash', 'recycled'] as const) {
      record.started('policy');
      record.ready();
      await clock.advance(10_000);
      record.ended(exit(cause));
    }
    expect(record.view(false).mtbfMs).toBe(30_000);
  });
});
