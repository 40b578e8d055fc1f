import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { Host, type RestClient, root } from '../support/host.js';
import { until } from '../support/processes.js';

/** Agents that do nothing before somebody has signed in: what works, and what the operator is told otherwise. */
test.describe('agents that want a sign-in', () => {
  let dataDir: string;
  let host: Host;
  let api: RestClient;

  const templates = (unsigned = ''): string => {
    const agent = join(root, 'e2e/fixtures/agents/wants-sign-in.mjs');
    const one = (name: string, env: string, more = ''): string =>
      `  ${name}: { command: [${JSON.stringify(process.execPath)}, ${JSON.stringify(agent)}], env: { STARTS: ${JSON.stringify(join(dataDir, name))}${env} }${more} }`;
    return [
      'pool: { template: signed, size: 1 }',
      'templates:',
      one('signed', ', KEY: right', ', auth: api-key'),
      one('unsigned', `, KEY: right`, `, warm: 1${unsigned}`),
      one('refused', ', KEY: wrong', ', auth: api-key, warm: 1'),
      one('unknown', ', KEY: right', ', auth: apikey, warm: 1'),
      one('terminal', `, SIGNED_IN: ${JSON.stringify(join(dataDir, 'signed-in'))}`, ', warm: 1'),
    ].join('\n');
  };
  const starts = (template: string): number => readFileSync(join(dataDir, template), 'utf8').trim().split('\n').length;
  const view = async (name: string) => (await api.get('/api/pool')).body.templates.find((one: { template: string }) => one.template === name);
  const warm = (name: string) => until(`a warm agent of ${name}`, async () => (await view(name)).ready === 1 && (await view(name)).trouble === null);

  test.beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'roost-auth-'));
    host = new Host({ dataDir, config: templates() });
    api = await host.up();
  });
  test.afterAll(async () => {
    await host?.dispose();
    rmSync(dataDir, { recursive: true, force: true });
  });

  test('one whose template names the way and has the key signs in by itself', async () => {
    await warm('signed');
    const session = await api.session('ann');
    const { body } = await api.post(`/api/session/${session}/turns`, { text: 'hi' });
    expect(await api.turn(body.turnId)).toMatchObject({ status: 'done', text: 'signed in' });
  });

  for (const [name, said] of [
    ['unsigned', /wants a sign-in before it works\. Set auth of its template.*api-key \(Use an API key: Reads KEY\)/],
    ['refused', /wants a sign-in before it works \(it says: .*KEY is not a key of ours\)/],
    ['unknown', /no way to sign in named "apikey" \(auth of its template\); it offers: api-key, browser/],
  ] as const) {
    test(`${name}: is tried once, and the operator is told what to put where`, async () => {
      const trouble = await until('the trouble', async () => {
        const one = await view(name);
        return one.trouble === null ? undefined : one;
      });
      expect(trouble.trouble).toMatch(said);
      // No other try within the minute: nothing but the operator can mend it.
      expect(trouble.retryAtMs - Date.now()).toBeGreaterThan(60_000);
      expect(starts(name)).toBe(1);
      const { status, body } = await api.post('/api/session/start', { userId: `user-${name}`, template: name });
      expect([status, body.error.code]).toEqual([503, 'circuit-open']);
      expect(body.error.message).toMatch(said);
      const { reasons } = (await api.get('/api/health')).body;
      expect(reasons).toContainEqual(expect.objectContaining({ code: 'agents-failing', message: expect.stringMatching(said) }));
    });
  }

  test('works as soon as the config names the way, without a restart', async () => {
    writeFileSync(join(dataDir, 'roost.yaml'), templates(', auth: api-key'));
    await warm('unsigned');
  });

  test('works after a sign-in in a terminal once a person asks for agents', async () => {
    await until('the trouble', async () => (await view('terminal')).trouble !== null);
    writeFileSync(join(dataDir, 'signed-in'), '');
    expect((await api.post('/api/pool/resize', { size: 1 })).status).toBe(200);
    await warm('terminal');
  });
});
