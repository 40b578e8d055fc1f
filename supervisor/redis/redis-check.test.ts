import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { configSchema } from '../../contract/config.js';
import { checkRedis } from './redis-check.js';

let dir: string;
let server: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'roost-check-'));
  server = join(dir, 'redis-server');
  await writeFile(server, '');
  await chmod(server, 0o755);
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** `tells` is what programs print, by their file; a program that is not named is missing. */
function check(tells: Readonly<Record<string, string>>, redis: object = {}, env: Readonly<Record<string, string>> = { ROOST_REDIS_SERVER: server }) {
  const run = async (file: string): Promise<string | null> => tells[file] ?? null;
  return checkRedis(configSchema.parse({ redis }).redis, { env, platform: 'linux', run });
}

it.each([
  ['8.2.8', {}, {}, 'ok', '(version 8.2.8)'],
  ['8.2.1', {}, {}, 'problem', 'is not started: Redis 8.2.1 has known holes'],
  ['7.0.15', {}, {}, 'problem', 'redis.allowOutdated: true'],
  ['7.0.15', { 'dpkg-query': '5:7.0.15-1~deb12u10' }, {}, 'note', 'It comes from the package redis-server 5:7.0.15-1~deb12u10'],
  ['7.0.15', { 'dpkg-query': '6:7.0.15-1rl1~bookworm1' }, {}, 'problem', 'is not started'],
  ['8.2.1', {}, { allowOutdated: true }, 'note', 'redis.allowOutdated says so'],
])('a server that says %s, packages %j, settings %j: %s', async (version, packages, redis, verdict, words) => {
  const told = await check({ [server]: `Redis server v=${version} sha=0`, ...packages }, redis);
  expect(told).toMatchObject({ verdict, path: server, version, found: expect.stringContaining(words) });
  expect(told.found).toContain(server);
});

it('one that is too old, or tells nothing, is named with what to do', async () => {
  expect(await check({ [server]: 'Redis server v=6.0.16' })).toMatchObject({ verdict: 'problem', path: null, found: expect.stringContaining('6.0.16') });
  expect(await check({})).toMatchObject({ verdict: 'problem', found: expect.stringContaining('did not tell its version') });
});

it('none is looked for where somebody else runs it', async () => {
  const told = await check({}, { mode: 'external', url: 'redis://ada:pearl@host:1' });
  expect(told).toMatchObject({ verdict: 'ok', path: null });
  expect(JSON.stringify(told)).not.toContain('pearl');
});
