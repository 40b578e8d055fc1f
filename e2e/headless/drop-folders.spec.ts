import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '../support/fixture.js';
import { Host, type RestClient } from '../support/host.js';
import { until } from '../support/processes.js';

/** Files and lines dropped while Roost is killed in the middle: each becomes exactly one job, and every job is done. */

const append = `require('fs').appendFileSync(process.argv[1], process.env.ROOST_JOB_ID + ' ' + process.argv[2] + '\\n')`;
const argv = (item: string): string => JSON.stringify([process.execPath, '-e', append, './ledger.txt', item]);

const config = `
pool: { size: 1 }
watch:
  inbox: { path: ./inbox, every: 500ms, settle: 200ms, handler: command, queue: analysis, data: { argv: ${argv('file-{name}')} } }
  log: { path: ./app.log, kind: jsonl, every: 500ms, handler: command, queue: trends, data: { argv: ${argv('line-{item.id}')} } }
`;

interface View {
  readonly name: string;
  readonly state: string;
  readonly queued: number;
  readonly rejected: number;
  readonly problem: string | null;
}
const watch = async (api: RestClient, name: string): Promise<View> => (await api.get('/api/watch')).body.watches.find((one: View) => one.name === name);

test('files and lines become jobs exactly once, with Roost killed twice and Redis once in the middle', async () => {
  test.setTimeout(300_000);
  const host = new Host({ config });
  const at = (name: string): string => join(host.dataDir, name);
  const ledger = (): string[] => (existsSync(at('ledger.txt')) ? readFileSync(at('ledger.txt'), 'utf8').trim().split('\n') : []);
  try {
    let api = await host.up();
    const first = api;
    // The first look comes a moment after the ready line.
    await expect.poll(async () => (await watch(first, 'inbox'))?.problem).toMatch(/is not there/);
    mkdirSync(at('inbox'));
    const files: string[] = [];
    let lines = 0;
    const drop = (count: number): void => {
      for (let index = 0; index < count; index++) {
        const name = `f${files.length}`;
        // Written under another name first, as a careful program does, or in place, as others do.
        writeFileSync(at(`inbox/${index % 2 === 0 ? `${name}.part` : name}`), `item ${name}`);
        if (index % 2 === 0) renameSync(at(`inbox/${name}.part`), at(`inbox/${name}`));
        files.push(name);
        appendFileSync(at('app.log'), `{"id":${++lines}}\n`);
      }
    };
    for (const round of [1, 2]) {
      drop(12);
      appendFileSync(at('app.log'), `broken ${round}\n`);
      await until('the first of this round', () => ledger().length > (round - 1) * 24);
      // A log that nobody had looked at when it was rotated cannot be found again.
      const second = api;
      await until('the log to be noted', async () => (await watch(second, 'log')).queued >= lines);
      await host.end('SIGKILL');
      if (round === 1) renameSync(at('inbox/f1'), at('inbox/renamed'));
      drop(4);
      renameSync(at('app.log'), at(`app.log.${round}`));
      appendFileSync(at('app.log'), `{"id":${++lines}}\n`);
      api = await host.up();
    }
    // And once more with Redis gone for a moment.
    process.kill((await api.process('redis')).pid, 'SIGKILL');
    drop(6);
    await until('Redis again', async () => (await api.process('redis')).state === 'running');
    const wanted = [...files.map((name) => `file-${name}`), ...Array.from({ length: lines }, (_, index) => `line-${index + 1}`)];
    const itemsOf = (): Map<string, Set<string>> => {
      const jobs = new Map<string, Set<string>>();
      for (const [id = '', item = ''] of ledger().map((line) => line.split(' '))) jobs.set(item, (jobs.get(item) ?? new Set()).add(id));
      return jobs;
    };
    const missing = (): string[] => wanted.filter((item) => !itemsOf().has(item) && !(item === 'file-f1' && itemsOf().has('file-renamed')));
    await until('every item to be done', () => missing().length === 0, 150_000).catch(async (error) => {
      // Which one, and where its job stands, is what the next reader needs.
      const jobs = await Promise.all(
        ['analysis', 'trends'].flatMap((queue) =>
          ['waiting', 'active', 'delayed', 'failed', 'completed'].map(async (state) => {
            const { jobs: rows } = (await api.get(`/api/queues/${queue}/jobs?state=${state}&pageSize=200`)).body;
            return rows
              .map((row: { data?: unknown }) => `${state} ${JSON.stringify(row)}`)
              .filter((row: string) => state !== 'completed' || missing().some((item) => row.includes(item)));
          }),
        ),
      );
      throw new Error(`${error.message}; missing: ${missing().join(', ')}\n${jobs.flat().join('\n')}\n${JSON.stringify((await api.get('/api/watch')).body)}`);
    });
    expect([...itemsOf()].filter(([, jobs]) => jobs.size !== 1)).toEqual([]);
    expect(itemsOf().has('file-f1') && itemsOf().has('file-renamed')).toBe(false);
    // What a look has taken in is counted at its end, when the first jobs of it may be done.
    await expect.poll(() => watch(api, 'inbox')).toMatchObject({ state: 'watching', queued: files.length, rejected: 0, problem: null });
    await expect.poll(() => watch(api, 'log')).toMatchObject({ state: 'watching', queued: lines, rejected: 2 });
    expect(readFileSync(at('app.log.rejected'), 'utf8').trim().split('\n')).toHaveLength(2);
    expect(readdirSync(at('inbox'))).toHaveLength(files.length);
  } finally {
    await host.dispose();
  }
});

test('the shipped schedules run by hand, each leaves a report that can be read', async () => {
  const host = new Host({ config: 'pool: { size: 1 }\n' });
  try {
    const api = await host.up();
    const names = ['memory-cleanup', 'analytics-rollup', 'governance', 'competitor-analysis', 'trend-scan'];
    for (const name of names) expect((await api.post(`/api/schedules/${name}/run`)).status).toBeLessThan(300);
    const reports = await until('all reports', async () => {
      const { body } = await api.get('/api/reports');
      return names.every((name) => body.reports.some((one: { handler: string }) => one.handler === name)) && body.reports;
    });
    const governance = reports.find((one: { handler: string }) => one.handler === 'governance');
    const { body } = await api.get(`/api/reports/${governance.id}`);
    expect(body.report.markdown).toContain('Automatic actions are off');
    // More than one where its own hour has come in this very minute.
    expect(body.trend.length).toBeGreaterThan(0);
    const only = (await api.get('/api/reports?handler=governance')).body;
    expect(only.reports.map((one: { handler: string }) => one.handler)).toEqual(Array.from({ length: only.total }, () => 'governance'));
    expect(only.total).toBeGreaterThan(0);
    expect((await api.get('/api/reports/no-such-report')).status).toBe(404);
    expect((await api.get('/api/reports?limit=many')).body.error).toMatchObject({ code: 'bad-request', field: 'limit' });
  } finally {
    await host.dispose();
  }
});

test.describe('on the screen', () => {
  test.use({
    config: `pool: { size: 1 }\nwatch:\n  inbox: { path: ./inbox, every: 500ms, settle: 0s, handler: command, data: { argv: [echo, "{item.n}"] } }\n  gone: { path: ./gone, handler: command, data: { argv: [echo] } }\n`,
  });

  test('drop folders say what they took in and why not; a report is read from its list', async ({ door: { page, api, dataDir } }) => {
    await api.healthy();
    mkdirSync(join(dataDir, 'inbox'));
    writeFileSync(join(dataDir, 'inbox', 'good.json'), '{"n":1}');
    writeFileSync(join(dataDir, 'inbox', '<b>bad.json'), '{"n":');
    await page.getByRole('link', { name: /Drop folders/ }).click();
    const inbox = page.getByRole('region', { name: 'inbox' });
    await expect(inbox.getByText('watching')).toBeVisible();
    await expect(inbox.getByText('<b>bad.json')).toBeVisible();
    await expect(inbox.getByText(/it is not JSON/)).toBeVisible();
    await expect(page.getByRole('region', { name: 'gone' }).getByText(/is not there/)).toBeVisible();

    await page.getByRole('link', { name: /Reports/ }).click();
    await expect(page.getByText('Nothing has been reported yet')).toBeVisible();
    await api.post('/api/schedules/governance/run');
    await page.getByRole('button', { name: /Governance/ }).click();
    await expect(page.getByText('Automatic actions are off')).toBeVisible();
    await expect(page.getByRole('cell', { name: 'knowledge', exact: true })).toBeVisible();
  });
});
