import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../core/base/log.js';
import { ManualClock } from '../../core/base/manual-clock.js';
import { expiredLogs, LogRetention } from './log-retention.js';

const day = 86_400_000;
const rules = { retentionMs: 14 * day, maxTotalBytes: 1_000 };
const file = (name: string, ageDays: number, bytes = 10) => ({ name, bytes, writtenAtMs: 100 * day - ageDays * day });
const expired = (...files: readonly ReturnType<typeof file>[]) => expiredLogs(files, 100 * day, rules);

describe('which logs have to go', () => {
  it('by age: also logs of agents, never what is no log, never one of the future', () => {
    expect(expired(file('redis.log', 15), file('agent-7.log', 20), file('agent-8.log.1', 13), file('notes.txt', 99), file('api.log', -3))).toEqual([
      'redis.log',
      'agent-7.log',
    ]);
  });

  it('by size: the oldest turned-over ones until the rest fits, never one that is written to', () => {
    expect(expired(file('a.log', 9, 900), file('a.log.1', 3, 300), file('b.log.1', 5, 300), file('b.log.2', 7, 300))).toEqual([
      'b.log.2',
      'b.log.1',
      'a.log.1',
    ]);
    expect(expired(file('a.log', 1, 600), file('a.log.1', 3, 300), file('a.log.2', 4, 300))).toEqual(['a.log.2']);
    expect(expired(file('a.log', 1, 600), file('a.log.1', 3, 300))).toEqual([]);
  });
});

describe('retention while running', () => {
  let dir: string;
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it('looks at the start and then regularly, by the rules of the moment', async () => {
    dir = await mkdtemp(join(tmpdir(), 'roost-retention-'));
    const clock = new ManualClock();
    const put = async (name: string, ageMs: number): Promise<void> => {
      await writeFile(join(dir, name), 'x');
      await utimes(join(dir, name), new Date(clock.wallMs() - ageMs), new Date(clock.wallMs() - ageMs));
    };
    await put('old.log', 20 * day);
    await put('new.log', day);
    let retentionMs = 14 * day;
    const retention = new LogRetention({ dir, clock, log: silentLog, rules: () => ({ retentionMs, maxTotalBytes: 1_000 }), everyMs: 1_000 });
    const names = async (expected: readonly string[]): Promise<void> => {
      for (let round = 0; round < 500 && (await readdir(dir)).length !== expected.length; round++) await new Promise((resolve) => setImmediate(resolve));
      expect(await readdir(dir)).toEqual(expected);
    };
    retention.start();
    await names(['new.log']);
    retentionMs = day / 2;
    await clock.advance(1_000);
    await names([]);
    await retention.stop();
    expect(clock.pendingTimers).toBe(0);
  });
});
