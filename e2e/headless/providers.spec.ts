import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { ChatEndpoint, type Manner } from '../support/chat-endpoint.js';
import { Host, type RestClient } from '../support/host.js';

const key = 'canary-key-81f0';
const provider = (name: string, url: string, more = ''): string =>
  `  - { name: ${name}, baseUrl: ${JSON.stringify(url)}, model: ${name}, apiKey: ${key}, timeout: 4s, price: { input: 1, output: 10 }, breaker: { failures: 3, pause: 10s }${more} }`;

/** None of what went while we looked, or is a folder. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

test.describe('model providers', () => {
  test.describe.configure({ mode: 'serial' });
  const endpoint = new ChatEndpoint();
  let host: Host;
  let api: RestClient;
  let sessions: string[];
  test.beforeAll(async () => {
    const url = await endpoint.listen();
    host = new Host({
      config: `
pool: { size: 2 }
sessions: { startsPerMinute: 1000 }
coordinator: { policy: static, arms: { npc: { prior: 1 } } }
providers:
${provider('first', url)}
${provider('second', url)}
${provider('third', url, ', ratePerMinute: 2')}
`,
    });
    api = await host.up();
    sessions = [await api.session('ada'), await api.session('bob')];
  });
  test.afterAll(async () => {
    await host.dispose();
    endpoint.close();
  });

  const ask = async (text: string, who = 0) => api.turn((await api.post(`/api/session/${sessions[who]}/turns`, { text })).body.turnId);
  const views = async () =>
    (await api.get('/api/providers')).body.providers as { state: string; today: Record<string, number | boolean | null>; rateLeft: number | null }[];
  const manner = (model: string, how: Manner): void => void endpoint.manners.set(model, how);

  test('the first answers, the answer names it, tokens and cost are counted', async () => {
    const turn = await ask('say hello');
    expect(turn).toMatchObject({ status: 'done', provider: 'first', text: 'first says hello', work: { tokens: { input: 100, output: 10 } } });
    await expect.poll(async () => (await views())[0]?.today).toMatchObject({ requests: 1, inputTokens: 100, outputTokens: 10, cost: 0.0002, estimated: false });
  });

  for (const how of ['slow', 'broken', 'malformed', 'html', 'huge-line', 'empty'] as const)
    test(`${how}: the next one answers`, async () => {
      manner('first', how);
      expect(await ask('say hello')).toMatchObject({ status: 'done', provider: 'second', text: 'second says hello' });
      manner('first', 'good');
      await expect.poll(async () => (await ask('say hello')).provider).toBe('first');
    });

  test('strict and whole answers are understood; a cut one says where it ends', async () => {
    manner('first', 'strict');
    expect(await ask('say hello')).toMatchObject({ provider: 'first', text: 'first says hello' });
    manner('first', 'whole');
    expect(await ask('say hello')).toMatchObject({ provider: 'first', text: 'first says hello' });
    manner('first', 'cut');
    expect((await ask('say hello')).text).toMatch(/^half an answer \n\n\(The answer ends here: first broke off/);
    manner('first', 'good');
    await ask('say hello');
  });

  test('a paused provider is left alone by every agent, then tried and taken back', async () => {
    manner('first', 'broken');
    for (let index = 0; index < 3; index++) await ask('say hello', index % 2);
    await expect.poll(async () => (await views())[0]?.state).toBe('paused');
    const before = endpoint.asked.filter((model) => model === 'first').length;
    await ask('say hello', 1);
    expect(endpoint.asked.filter((model) => model === 'first').length - before).toBeLessThanOrEqual(1);
    await expect.poll(async () => (await api.get('/metrics')).body).toMatch(/roost_provider_requests_total\{provider="first",outcome="failed"\} \d/);
    manner('first', 'good');
    await expect.poll(async () => (await ask('say hello')).provider).toBe('first');
  });

  test('when none may be asked the built-in responder answers and says so; a 429 is no failure', async () => {
    manner('first', 'limited');
    manner('second', 'limited');
    expect((await ask('say one')).text).toBe('third says one');
    expect((await ask('say two', 1)).text).toBe('third says two');
    expect(await ask('hello')).toMatchObject({
      status: 'done',
      provider: 'builtin',
      text: expect.stringMatching(
        /^\(No model answered: first asked to be left alone; second asked to be left alone; third has had its 2 requests of this minute\./,
      ),
    });
    await expect.poll(views).toMatchObject([
      { state: 'limited', today: { limited: 1 } },
      { state: 'limited', today: { limited: 1 } },
      { state: 'limited', rateLeft: 0 },
    ]);
    await expect.poll(async () => (await api.get('/api/providers')).body.degraded).toBe(true);
  });

  test('the key is sent, and stands nowhere else', async () => {
    expect([...endpoint.keys]).toEqual([`Bearer ${key}`]);
    const bodies = await Promise.all(
      ['/api/providers', '/metrics', '/api/processes', '/api/audit', '/api/health'].map(async (path) => JSON.stringify((await api.get(path)).body)),
    );
    const processes = (await api.get('/api/processes')).body.processes as { pid: number | null }[];
    const argv = processes.flatMap(({ pid }) => (pid === null ? [] : [textOf(`/proc/${pid}/cmdline`), textOf(`/proc/${pid}/environ`)]));
    expect(argv.join('')).toContain('redis');
    const files = readdirSync(host.dataDir, { recursive: true, encoding: 'utf8' })
      .filter((name) => name !== 'roost.yaml' && !name.startsWith('config') && /\.(log|jsonl|json)$/.test(name))
      .map((name) => textOf(join(host.dataDir, name)));
    expect(files.join('')).toContain('worker-turns');
    expect([...bodies, ...argv, ...files, host.stderr].filter((text) => text.includes(key))).toEqual([]);
  });
});
