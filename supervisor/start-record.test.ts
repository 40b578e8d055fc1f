import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { silentLog } from '../core/base/log.js';
import { ManualClock } from '../core/base/manual-clock.js';
import { StartRecord, safeModeFor } from './start-record.js';

describe('safeModeFor', () => {
  const minute = 60_000;
  it.each<[readonly number[], boolean]>([
    [[], false],
    [[98 * minute, 99 * minute], false],
    [[97 * minute, 98 * minute, 99 * minute], true],
    [[80 * minute, 98 * minute, 99 * minute], false],
    [[98 * minute, 99 * minute, 200 * minute], false],
  ])('%j', (starts, safe) => {
    expect(safeModeFor(starts, 100 * minute) !== null).toBe(safe);
  });
});

describe('StartRecord', () => {
  let dataDir: string;
  let clock: ManualClock;
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'roost-starts-'));
    mkdirSync(join(dataDir, 'run'));
    clock = new ManualClock(1_000_000_000);
  });
  afterEach(() => rmSync(dataDir, { recursive: true }));
  const record = (): StartRecord => new StartRecord({ dataDir, clock, log: silentLog });
  const file = (): string => join(dataDir, 'run', 'starts.json');

  it('a wanted end stands whatever was being written in that moment', async () => {
    const first = record();
    await first.begin();
    first.start();
    await clock.advance(10_000);
    await first.endedWell();
    await first.stop();
    expect(JSON.parse(readFileSync(file(), 'utf8')).starts).toEqual([]);
  });

  it('tells the next run of one that nobody ended, and when it was seen alive last', async () => {
    const first = record();
    await first.begin();
    expect(first.lastCrash).toBeNull();
    first.start();
    const alive = (): number => JSON.parse(readFileSync(file(), 'utf8')).aliveAtMs;
    const moreThanOnce = async (): Promise<void> => {
      await clock.advance(10_000);
      expect(alive()).toBeGreaterThanOrEqual(1_000_020_000);
    };
    await vi.waitFor(moreThanOnce, 10_000);
    await first.stop();
    const second = record();
    await second.begin();
    expect(second.lastCrash).toEqual({ startedAtMs: 1_000_000_000, aliveAtMs: alive() });
    await second.endedWell();
    const third = record();
    await third.begin();
    expect(third.lastCrash).toBeNull();
  });

  it('asks for safe mode after three runs that nobody ended, until one ends well', async () => {
    for (let run = 0; run < 3; run++) {
      expect(await record().begin()).toBeNull();
      await clock.advance(60_000);
    }
    const fourth = record();
    expect(await fourth.begin()).toEqual({ crashes: 3, windowMs: 600_000 });
    if (process.platform !== 'win32') expect(statSync(file()).mode & 0o777).toBe(0o600);
    await fourth.endedWell();
    expect(await record().begin()).toBeNull();
  });

  it('forgets crashes of more than ten minutes ago and keeps the file small', async () => {
    for (let run = 0; run < 30; run++) {
      expect(await record().begin()).toBeNull();
      await clock.advance(300_000);
    }
    expect(JSON.parse(readFileSync(file(), 'utf8')).starts.length).toBeLessThanOrEqual(3);
  });

  it.each(['', '{"starts": [1, 2', '[]', 'null', '{"starts": "x"}', '{"starts": [null, "a", {}]}'])('starts with a record of %j', async (text) => {
    writeFileSync(file(), text);
    expect(await record().begin()).toBeNull();
  });

  it('starts when the record cannot be written', async () => {
    rmSync(join(dataDir, 'run'), { recursive: true });
    expect(await record().begin()).toBeNull();
    await record().endedWell();
  });
});
