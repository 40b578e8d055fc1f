import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../core/base/clock.js';
import { silentLog } from '../../core/base/log.js';
import { type Ended, endedField } from '../../core/jobs/ended.js';
import { connect, type Redis, whenReady } from '../../core/redis/connection.js';
import { startTestRedis, type TestRedis } from '../../core/redis/test-redis.js';
import { JobHistory } from './job-history.js';

let server: TestRedis;
let redis: Redis;
let dataDir: string;
let history: JobHistory;

const open = async (): Promise<JobHistory> => {
  const made = new JobHistory({ dataDir, node: 'n1', stream: 'ended', clock: systemClock, log: silentLog, redis: () => redis });
  await made.start();
  return made;
};
const ended = (id: string, part: Partial<Ended> = {}): Ended => ({
  q: 'trends',
  n: 'scan',
  i: id,
  o: 'completed',
  t: Date.now(),
  w: 1,
  r: 2,
  a: 1,
  d: 'n2',
  ...part,
});
const tell = (...jobs: readonly unknown[]) => redis.xadd('ended', '*', endedField, JSON.stringify(jobs));
const ids = async (): Promise<string[]> => (await history.query({ limit: 100 })).records.map(({ id }) => id);
const counted = (): number => history.tallies.hours('trends').reduce((sum, { completed }) => sum + completed, 0);

beforeEach(async () => {
  server = await startTestRedis();
  redis = connect(server.address, 'calls', 'test', silentLog);
  await whenReady(systemClock, redis, 30_000);
  dataDir = await mkdtemp(join(tmpdir(), 'roost-history-'));
  history = await open();
});
afterEach(async () => {
  await history.stop();
  redis.disconnect();
  await server.stop();
  await rm(dataDir, { recursive: true, force: true });
});

it('counts every job of every node once and keeps a line of it; turns of other nodes are theirs', async () => {
  const heard: string[] = [];
  history.onEnded(({ i }) => heard.push(i));
  await tell(
    ended('a'),
    ended('b', { d: 'n1' }),
    { rubbish: true },
    ended('t-far', { q: 'turns', n: 'turn' }),
    ended('t-here', { q: 'turns', n: 'turn', d: 'n1' }),
  );
  await redis.xadd('ended', '*', endedField, 'no json');
  await tell(ended('c'));
  await Promise.all([history.read(), history.read()]);
  expect(heard).toEqual(['a', 'b', 't-here', 'c']);
  expect((await ids()).sort()).toEqual(['a', 'b', 'c', 't-here']);
  expect(counted()).toBe(3);
});

it('saves its place also when nothing of what it read was its own', async () => {
  await tell(ended('t-far', { q: 'turns', n: 'turn' }));
  await history.read();
  await history.save();
  expect(JSON.parse(await readFile(join(dataDir, 'history', 'totals.json'), 'utf8')).cursor).not.toBe('0-0');
});

it('goes on where it was after an orderly stop', async () => {
  await tell(ended('a'));
  await history.stop();
  // With its place, so that nothing is read again.
  expect(JSON.parse(await readFile(join(dataDir, 'history', 'totals.json'), 'utf8')).cursor).not.toBe('0-0');
  await tell(ended('b'));
  history = await open();
  await history.read();
  expect([counted(), await ids()]).toEqual([2, ['b', 'a']]);
});

it('counts nothing twice and misses nothing when it was killed between writing and saving', async () => {
  await tell(ended('a'));
  await history.read();
  await history.save();
  await tell(ended('b'), ended('c'));
  await history.read();
  // No stop: what was saved is older than what was written.
  const killed = history;
  history = await open();
  await tell(ended('d'));
  await history.read();
  expect(counted()).toBe(4);
  expect((await ids()).sort()).toEqual(['a', 'b', 'c', 'd']);
  await killed.stop();
});

it('reads hundreds of batches in one go and tells of what no worker could', async () => {
  for (let batch = 0; batch < 120; batch++) await tell(...Array.from({ length: 10 }, (_, at) => ended(`${batch}-${at}`)));
  await history.tell(redis, ended('gone', { o: 'cancelled', d: 'n1' }));
  await history.read();
  expect(counted()).toBe(1_200);
  expect((await history.query({ limit: 5, outcome: 'cancelled' })).records.map(({ id }) => id)).toEqual(['gone']);
});
