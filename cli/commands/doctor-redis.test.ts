import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RedisCheck } from '../../contract/redis-check.js';
import { healthOf } from '../../contract/test-state.js';
import { CliBench } from '../test-cli.js';

const bench = new CliBench();
beforeEach(() => bench.open());
afterEach(() => bench.close());

const told = (check: Partial<RedisCheck>): string =>
  JSON.stringify({
    verdict: 'ok',
    found: '/usr/bin/redis-server (version 8.2.8)',
    path: '/usr/bin/redis-server',
    version: '8.2.8',
    configProblem: null,
    ...check,
  });

async function rows(): Promise<readonly { check: string; verdict: string; found: string; advice?: string }[]> {
  const { out } = await bench.run(['doctor', '--json']);
  return JSON.parse(out).checks;
}

it('the doctor asks the host’s own rules about the server of this data directory', async () => {
  const asked: (readonly string[])[] = [];
  bench.configTool = (args) => {
    asked.push(args);
    return told({});
  };
  const found = await rows();
  expect(asked).toEqual([['redis', '--json', '--data-dir', bench.dataDir]]);
  expect(found.find(({ check }) => check === 'redis-server')).toMatchObject({ verdict: 'ok', found: '/usr/bin/redis-server (version 8.2.8)' });
  expect(found.some(({ check }) => check === 'config')).toBe(false);
});

it('a server that would not be started is a problem before anybody starts it', async () => {
  bench.configTool = () => told({ verdict: 'problem', found: '/opt/r is not started: Redis 8.2.1 has known holes', advice: 'update it' });
  const { code, out } = await bench.run(['doctor']);
  expect(code).toBe(4);
  expect(out).toMatch(/^problem {2}redis-server {4}\/opt\/r is not started: Redis 8\.2\.1 has known holes\n {25}update it$/m);
});

it('a config with a mistake is a line of its own', async () => {
  bench.configTool = () => told({ configProblem: 'roost.yaml: unknown key "pol"' });
  expect((await rows()).find(({ check }) => check === 'config')).toMatchObject({ verdict: 'problem', found: 'roost.yaml: unknown key "pol"' });
});

it('what the host says of the same server is not said twice', async () => {
  const message = 'Redis 7.0 gets no more releases of its own.';
  bench.answers({
    'GET /api/health': healthOf({ notes: [{ code: 'redis-outdated', process: 'redis', message, runbook: 'redis-outdated' }] }),
    'GET /api/providers': { providers: [], degraded: false },
    'GET /api/backups': { items: [], everyMs: 1, problem: null, nowMs: 1 },
  });
  bench.configTool = () => told({ verdict: 'note', found: `/usr/bin/redis-server: ${message}` });
  const said = (await rows()).filter(({ found }) => found.includes(message));
  expect(said).toMatchObject([{ check: 'redis-server', verdict: 'note' }]);
});

it.each([[null], ['no JSON'], ['{}']])('where it cannot be asked (%j) the doctor looks for a program itself', async (answer) => {
  bench.configTool = () => answer;
  const found = (await rows()).find(({ check }) => check === 'redis-server');
  expect(found?.found).toMatch(/redis-server|valkey-server|none found/);
});
