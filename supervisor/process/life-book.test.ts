import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ExitCause } from '../../contract/state.js';
import { silentLog } from '../../core/base/log.js';
import { ManualClock } from '../../core/base/manual-clock.js';
import { LifeBook } from './life-book.js';

const noon = new Date(2026, 4, 4, 12).getTime();
const exit = (cause: ExitCause) => ({ atMs: 0, cause, code: 1, signal: null, message: 'm' });

describe('LifeBook', () => {
  let dataDir: string;
  let clock: ManualClock;
  const bookOf = async (): Promise<LifeBook> => {
    const book = new LifeBook({ dataDir, clock, log: silentLog });
    await book.load();
    return book;
  };
  beforeEach(() => {
    clock = new ManualClock(noon);
    dataDir = mkdtempSync(join(tmpdir(), 'roost-figures-'));
    mkdirSync(join(dataDir, 'run'));
  });
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

  it('figures of a name go on over a restart of Roost; the counters of the run begin anew', async () => {
    const first = await bookOf();
    const record = first.of('api');
    record.started('system');
    record.ready();
    await clock.advance(60_000);
    record.ended(exit('crash'));
    record.started('policy');
    record.ready();
    record.ended(exit('deliberate'));
    record.started('person');
    await first.stop();

    const again = (await bookOf()).of('api');
    again.started('system');
    expect(again.view(true)).toMatchObject({
      restarts: 0,
      manualRestarts: 0,
      restartsByCause: { crash: 1 },
      manualRestartsToday: 1,
      manualRestartsWeek: 1,
      mtbfMs: 60_000,
      lastExit: null,
    });
  });

  it('a holder that follows another one under the same name goes on with its counters, and its first start is no restart', async () => {
    const book = await bookOf();
    const before = book.of('api');
    before.started('system');
    before.takeNumber();
    before.ended(exit('crash'));
    before.started('policy');
    before.takeNumber();
    before.ended(exit('deliberate'));
    const after = book.of('api', before.lastExit);
    after.started('system');
    expect(after.takeNumber()).toBe(3);
    expect(after.view(true)).toMatchObject({ restarts: 1, restartsByCause: { crash: 1 }, lastExit: { cause: 'deliberate' } });
    expect(book.of('other').view(false)).toMatchObject({ restarts: 0, restartsByCause: {} });
  });

  it('running time is written down while it runs, so that a SIGKILL of Roost costs minutes of it at most', async () => {
    const book = await bookOf();
    book.start();
    const record = book.of('api');
    record.started('system');
    record.ready();
    await clock.advance(600_000);
    await book.save();
    record.ended(exit('crash'));
    // No end of the book: killed here, right after what it wrote by itself.
    const after = (await bookOf()).daysOf('api');
    after.failed();
    expect(after.figures(0).mtbfMs).toBe(600_000);
  });

  it('a file that makes no sense is told and begins anew', async () => {
    writeFileSync(join(dataDir, 'run/figures.json'), '{"version":1,"processes":{"api":{"2026-05-04":{"ranMs":-1}}}}');
    const told: string[] = [];
    const log = { ...silentLog, warn: (message: string) => void told.push(message) };
    const book = new LifeBook({ dataDir, clock, log });
    await book.load();
    expect(told.join()).toContain('counting begins anew');
    book.daysOf('api').startedByHand();
    await book.save();
    expect(JSON.parse(readFileSync(join(dataDir, 'run/figures.json'), 'utf8')).processes.api['2026-05-04'].byHand).toBe(1);
  });
});
