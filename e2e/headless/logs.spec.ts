import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { Host, type RestClient, root } from '../support/host.js';
import { processesHolding, until } from '../support/processes.js';

const canaries = { env: 'c4n4ry-of-the-environment', key: 'c4n4ry-key-of-the-provider', header: 'c4n4ry.of-a.header' };
const script = `
  console.log('started as ' + process.env.DB_PASSWORD);
  console.log('Authorization: Bearer ${canaries.header}');
  console.error(JSON.stringify({ url: 'https://x?key=' + encodeURIComponent('${canaries.key}') }));
  console.log('run of ' + process.argv[1]);
  console.log('needle in run ' + process.pid);
  setInterval(() => console.log('tick ' + process.pid), 200);
`;
const config = `
services:
  talker: { command: ["${process.execPath}", "-e", ${JSON.stringify(script)}], env: { DB_PASSWORD: "${canaries.env}" } }
providers: [{ name: none, baseUrl: "http://127.0.0.1:9/v1", model: m, apiKey: "${canaries.key}" }]
logs: { fileSize: 64KB, files: 3 }
`;

test.describe('logs of processes', () => {
  const host = new Host({ config });
  let api: RestClient;
  const logs = async (query: string) => (await api.get(`/api/processes/talker/logs?${query}`)).body;
  const textsOf = (body: { lines: { text: string }[] }) => body.lines.map(({ text }) => text);
  test.beforeAll(async () => {
    api = await host.up();
    await until('the first lines', async () => (await logs('lines=50')).lines.length > 5);
  });
  test.afterAll(() => host.dispose());

  test('are searched by text and by time, also those of an earlier run', async () => {
    const first = textsOf(await logs('search=NEEDLE'));
    expect(first).toEqual([expect.stringMatching(/^needle in run \d+$/)]);
    await host.end('SIGTERM');
    api = await host.up();
    await until('lines of the second run', async () => textsOf(await logs('search=needle')).length === 2);
    const found = await logs('search=needle&since=10m');
    expect(textsOf(found)[0]).toBe(first[0]);
    expect(found).toMatchObject({ truncated: false, lastSeq: expect.any(Number) });
    const [older] = found.lines;
    const until1 = new Date(older.atMs + 1).toISOString();
    expect(textsOf(await logs(`search=needle&until=${until1}`))).toEqual(first);
    expect(textsOf(await logs(`since=${new Date(Date.now() + 60_000).toISOString()}`))).toEqual([]);
    // Without a question it is the tail of this run.
    expect(textsOf(await logs('lines=5000')).filter((text) => text.startsWith('needle'))).toHaveLength(1);
  });

  test('are followed with a filter', async () => {
    const { lastSeq } = await logs('lines=1');
    const answer = await until('a line that fits', async () => {
      const body = await logs(`afterSeq=${lastSeq}&waitMs=5000&search=tick`);
      return body.lines.length > 0 && body;
    });
    expect(answer.lines.every(({ seq, text }: { seq: number; text: string }) => seq > lastSeq && text.startsWith('tick'))).toBe(true);
    const none = await logs(`afterSeq=${lastSeq}&search=nowhere`);
    expect(none.lines).toEqual([]);
    expect(none.lastSeq).toBeGreaterThan(lastSeq);
  });

  test('refuse a question that makes no sense, naming the field', async () => {
    for (const [query, field] of [
      ['since=yesterday', 'since'],
      ['search=', 'search'],
      ['since=1m&until=1h', 'until'],
    ] as const)
      expect(await api.get(`/api/processes/talker/logs?${query}`)).toMatchObject({ status: 400, body: { error: { field } } });
    expect((await api.get('/api/processes/nobody/logs?search=x')).status).toBe(404);
  });

  test('by the command line', async () => {
    const roost = (...args: string[]) =>
      spawnSync(process.execPath, [join(root, 'dist/main/roost.js'), ...args, '--data-dir', host.dataDir], { encoding: 'utf8', timeout: 20_000 });
    const found = roost('logs', 'talker', '--grep', 'needle', '--since', '10m');
    // One of each run there was.
    for (const line of found.stdout.trim().split('\n')) expect(line).toContain('needle in run');
    expect(roost('logs', 'talker', '--since', 'never')).toMatchObject({ status: 2, stderr: expect.stringContaining('since') });
    expect(roost('logs', 'talker', '-f', '--until', '1m').status).toBe(2);
  });

  test('hold no secret that Roost knows or that looks like one', async () => {
    await until('the file', () => readFileSync(join(host.dataDir, 'logs/talker.log'), 'utf8').includes('started as ***'));
    const secrets = [...Object.values(canaries), encodeURIComponent(canaries.key), api.control.token];
    const shown = JSON.stringify([await logs('lines=5000'), await logs('since=1h'), (await api.get('/api/processes')).body, (await api.get('/metrics')).body]);
    for (const secret of secrets) {
      expect(shown).not.toContain(secret);
      expect(host.stderr).not.toContain(secret);
      for (const name of readdirSync(join(host.dataDir, 'logs'))) expect(readFileSync(join(host.dataDir, 'logs', name), 'utf8'), name).not.toContain(secret);
    }
    expect(processesHolding(host.dataDir).length).toBeGreaterThan(0);
  });
});
