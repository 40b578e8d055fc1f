import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { configSchema } from '../../contract/config.js';
import { silentLog } from '../../core/base/log.js';
import { ManualClock } from '../../core/base/manual-clock.js';
import { ArmStore } from '../../core/coordinator/arm-store.js';
import { LogStore } from '../../core/coordinator/log-store.js';
import { repeatable } from '../../core/coordinator/replay.js';
import { connect, type Redis } from '../../core/redis/connection.js';
import { keysFor } from '../../core/redis/keys.js';
import { startTestRedis, type TestRedis } from '../../core/redis/test-redis.js';
import { DecisionArchive } from './decision-archive.js';
import { DecisionLog } from './decision-log.js';

const config = configSchema.parse({}).coordinator;
const keys = keysFor('test');
const clock = new ManualClock();
let server: TestRedis;
let redis: Redis;
let directory: string;
let log: LogStore;
let store: ArmStore;

beforeAll(async () => {
  server = await startTestRedis();
  redis = connect(server.address, 'blocking', 'test', silentLog);
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});
beforeEach(async () => {
  await redis.flushall();
  directory = await mkdtemp(join(tmpdir(), 'roost-archive-'));
  log = new LogStore({ redis, keys });
  store = new ArmStore({ redis, keys, clock, random: repeatable(4) });
  return () => rm(directory, { recursive: true, force: true });
});

const archiveOf = (maxFileBytes = 1_000_000) => new DecisionArchive({ directory, log, clock, logger: silentLog, keepDays: () => 30, maxFileBytes });

async function turn(name: string, rating?: number): Promise<void> {
  await store.choose(name, { intent: 'billing' }, config);
  if (rating !== undefined) await store.rate(name, rating, 'wrong units');
}

describe('DecisionArchive', () => {
  it('takes every entry over once, in order, whatever a crash left of the last line', async () => {
    await turn('t1', 5);
    const first = archiveOf();
    await first.run();
    await first.run();
    const [file = ''] = await first.files();
    await appendFile(file, '{"id":"99');
    await turn('t2');
    const second = archiveOf();
    await second.run();
    const ids = (await readFile(file, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { id: string }).id);
    expect(ids).toEqual((await log.entries('0')).map((entry) => entry.id));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('begins a new file when one is full, and is read across files and what is not archived yet', async () => {
    const archive = archiveOf(1);
    for (const name of ['t1', 't2', 't3']) {
      await turn(name);
      await archive.run();
    }
    await store.rate('t1', 2, 'wrong units');
    await archive.run();
    await turn('t4', 5);
    expect((await archive.files()).length).toBeGreaterThan(2);
    const turns = await new DecisionLog({ archive, log }).read(10);
    expect(turns.map((one) => [one.turnId, one.reward])).toEqual([
      ['t1', 0.25],
      ['t2', null],
      ['t3', null],
      ['t4', 1],
    ]);
    expect(turns[0]).toMatchObject({ rating: 2, comment: 'wrong units', settledBy: 'feedback', decision: { intent: 'billing' } });
    expect((await new DecisionLog({ archive, log }).read(2)).map((one) => one.turnId)).toEqual(['t3', 't4']);
  });

  it('what was archived while the log was read was read twice: now each decision is told once', async () => {
    const archive = archiveOf();
    await turn('t1', 2);
    await archive.run();
    await turn('t2', 2);
    const meanwhile = {
      cursor: () => archive.cursor(),
      files: async () => {
        await archive.run();
        return archive.files();
      },
    };
    const turns = await new DecisionLog({ archive: meanwhile, log }).read(10);
    expect(turns.map((one) => [one.turnId, one.rating])).toEqual([
      ['t1', 2],
      ['t2', 2],
    ]);
  });
});
