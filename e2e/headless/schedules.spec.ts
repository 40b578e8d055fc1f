import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import type { IncidentSummary } from '../../contract/state.js';
import { startTestRedis, type TestRedis } from '../../core/redis/test-redis.js';
import { Host, RestClient } from '../support/host.js';
import { processesHolding, until } from '../support/processes.js';

/** Writes the id of its job into a file; on demand it dies of it, or runs until it is told to stop. */
const noteHandler = `
import { appendFileSync } from 'node:fs';
export default {
  summary: 'notes that it ran',
  queue: 'trends',
  retry: 'none',
  async run(job) {
    appendFileSync(job.data.file, job.id + '\\n');
    if (job.data.die) process.kill(process.pid, 'SIGKILL');
    if (job.data.hold) await new Promise((_, reject) => job.signal.addEventListener('abort', () => reject(job.signal.reason)));
  },
};
`;

interface Run {
  readonly id: string;
  readonly kind: string;
  readonly outcome: string;
  readonly note: string | null;
  readonly dueMs: number | null;
}

const quiet = 'pool: { size: 0 }\nhandlers: { folder: ./handlers, idleAfter: 5m }\n';

function hostWith(schedules: string, env: Record<string, string> = {}): Host {
  const host = new Host({ config: `${quiet}schedules:\n${schedules}`, name: 'roost-schedules-', env });
  mkdirSync(join(host.dataDir, 'handlers'));
  writeFileSync(join(host.dataDir, 'handlers/note.js'), noteHandler);
  return host;
}
const effects = (file: string): string[] => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []);
const read = async (api: RestClient, name: string) => (await api.get(`/api/schedules/${name}?limit=200`)).body;
const runsOf = async (api: RestClient, name: string): Promise<Run[]> => (await read(api, name)).runs;
const state = async (api: RestClient, name: string): Promise<string> => (await read(api, name)).schedule.state;

test.describe('schedules across a death of Roost', () => {
  test.describe.configure({ mode: 'serial' });
  const places = { file: '' };
  let host: Host;
  test.beforeAll(() => {
    host = hostWith('');
    places.file = join(host.dataDir, 'effects');
    const beat = (name: string, more: string): string =>
      `  ${name}: { every: 1s, handler: note, ${more} data: { file: ${JSON.stringify(`${places.file}-${name}`)} } }\n`;
    writeFileSync(
      join(host.dataDir, 'roost.yaml'),
      `${quiet}schedules:\n${beat('once', '')}${beat('skip', 'missed: skip,')}${beat('all', 'missed: all, stagger: 100ms,')}`,
    );
  });
  test.afterAll(() => host.dispose());

  test('each time runs once; what was missed follows the rule of the schedule', async () => {
    let api = await host.up();
    for (const name of ['once', 'skip', 'all']) await until(`three runs of ${name}`, () => effects(`${places.file}-${name}`).length >= 3, 60_000);
    await host.end('SIGKILL');
    const killedMs = Date.now();
    await until('the last job in hand to end with it', () => processesHolding(host.dataDir).length === 0);
    const before = effects(`${places.file}-once`).length;
    const cut = Object.fromEntries(['once', 'skip', 'all'].map((name) => [name, effects(`${places.file}-${name}`).length - 1]));
    await until('four times to be missed', () => Date.now() - killedMs > 4_000);
    expect(effects(`${places.file}-once`).length).toBe(before);
    api = await host.up();
    for (const name of ['once', 'skip', 'all']) await until(`more runs of ${name}`, () => effects(`${places.file}-${name}`).length >= before + 4, 60_000);
    for (const name of ['once', 'skip', 'all']) {
      const ids = effects(`${places.file}-${name}`);
      const again = ids.filter((id, index) => ids.indexOf(id) !== index);
      // The job in hand when Roost was killed is started once more; no other time may come twice.
      expect(again.length, `${name} ran a time twice`).toBeLessThanOrEqual(1);
      if (again[0] !== undefined) expect(ids.indexOf(again[0])).toBe(cut[name] ?? 0);
    }
    // The gap is one line, whatever its length: the first that a run after the death wrote. A busy machine may miss seconds of its own before and after.
    const gapOf = async (name: string): Promise<string> => {
      const missed = (await runsOf(api, name)).filter(({ outcome, dueMs }) => outcome === 'missed' && (dueMs ?? 0) > killedMs);
      return missed.sort((a, b) => (a.dueMs ?? 0) - (b.dueMs ?? 0))[0]?.note ?? '';
    };
    expect(await gapOf('once')).toMatch(/^([3-9]|\d\d) runs were missed while Roost was off.*the run of this moment stands for them/);
    expect((await runsOf(api, 'once')).filter(({ kind, outcome }) => kind === 'missed' && outcome !== 'missed')).toEqual([]);
    expect(await gapOf('skip')).toMatch(/^([3-9]|\d\d) runs were missed while Roost was off.*none is made up for/);
    const made = async () => (await runsOf(api, 'all')).filter(({ kind, outcome }) => kind === 'missed' && outcome === 'done');
    await expect.poll(async () => (await made()).length).toBeGreaterThanOrEqual(3);
    expect((await api.get('/metrics')).body).toMatch(/roost_schedule_fires_total\{schedule="all",kind="missed"\} [1-9]/);
  });

  test('hold keeps them from running, release lets them go on', async () => {
    const api = new RestClient(host.dataDir);
    await api.post('/api/hold', {});
    await until('held', async () => (await state(api, 'once')) === 'held');
    expect((await api.post('/api/schedules/once/run')).body.error.code).toBe('held');
    const [before, sinceMs] = [effects(`${places.file}-once`).length, Date.now()];
    await until('three times to pass', () => Date.now() - sinceMs > 3_000);
    // The one that was in hand may end.
    expect(effects(`${places.file}-once`).length).toBeLessThanOrEqual(before + 1);
    await api.post('/api/release');
    await until('running again', () => effects(`${places.file}-once`).length >= before + 2);
    // What passed meanwhile passed while it was held: nothing fired that came late.
    const passed = (await runsOf(api, 'once')).filter(({ dueMs }) => dueMs !== null && dueMs >= sinceMs && dueMs <= sinceMs + 2_000);
    expect(passed.filter(({ outcome }) => outcome !== 'missed')).toEqual([]);
  });
});

test.describe('schedules and people', () => {
  let host: Host;
  let api: RestClient;
  let file: string;
  test.beforeAll(async () => {
    host = hostWith('  # kept for the auditors\n  quarterly: { cron: "0 6 1 */3 *", tz: Europe/Berlin, handler: note, data: { file: x } } # ask Ada\n');
    file = join(host.dataDir, 'effects');
    api = await host.up();
  });
  test.afterAll(() => host.dispose());

  test('the five defaults are on and can run', async () => {
    const { schedules } = (await api.get('/api/schedules')).body;
    const names = ['analytics-rollup', 'competitor-analysis', 'governance', 'memory-cleanup', 'trend-scan'];
    for (const name of names) expect(schedules.find((one: { name: string }) => one.name === name)).toMatchObject({ state: 'active', origin: 'default' });
  });

  test('the file and the REST door agree, in both directions, and comments stay', async () => {
    const yaml = join(host.dataDir, 'roost.yaml');
    const before = await read(api, 'quarterly');
    const changed = await api.call('PUT', '/api/schedules/quarterly', { ...before.draft, overlap: 'queue', revision: before.schedule.revision });
    expect(changed).toMatchObject({ status: 200, body: { schedule: { overlap: 'queue' } } });
    expect(readFileSync(yaml, 'utf8')).toContain('# kept for the auditors');
    expect(readFileSync(yaml, 'utf8')).toContain('# ask Ada');
    expect(await api.call('PUT', '/api/schedules/quarterly', { ...before.draft, revision: before.schedule.revision })).toMatchObject({
      status: 409,
      body: { error: { code: 'conflict', field: 'revision' } },
    });
    writeFileSync(yaml, readFileSync(yaml, 'utf8').replace('0 6 1', '0 7 1'));
    await until('the edit of the file', async () => (await read(api, 'quarterly')).schedule.cron === '0 7 1 */3 *');
    expect(await api.call('DELETE', '/api/schedules/governance')).toMatchObject({ status: 200 });
    expect((await api.get('/api/schedules/governance')).status).toBe(404);
    expect(readFileSync(yaml, 'utf8')).toMatch(/governance: null/);
  });

  for (const [body, field] of [
    [{ cron: '61 * * * *', handler: 'note' }, 'cron'],
    [{ cron: '* * * * * * * *', handler: 'note' }, 'cron'],
    [{ every: '0s', handler: 'note' }, 'every'],
    [{ every: '-1s', handler: 'note' }, 'every'],
    [{ every: '1ms', handler: 'note' }, 'every'],
    [{ every: 5, handler: 'note' }, 'every'],
    [{ cron: '0 4 * * *', tz: 'Mars/X', handler: 'note' }, 'tz'],
    [{ cron: '0 4 * * *', handler: 'nobody' }, 'handler'],
    [{ cron: '0 4 * * *', handler: 'note', queue: 'turns' }, 'queue'],
    [{ cron: '0 4 * * *', handler: 'command', data: { argv: 'ls' } }, 'data.argv'],
    [{ cron: '0 4 * * *', every: '5m', handler: 'note' }, 'every'],
    [{ handler: 'note' }, 'cron'],
    [{ cron: '0 4 * * *' }, 'handler'],
  ] as const) {
    test(`${JSON.stringify(body)} is refused and names ${field}`, async () => {
      expect(await api.call('PUT', '/api/schedules/bad', body)).toMatchObject({ status: 400, body: { error: { field } } });
      expect((await api.get('/api/schedules/bad')).status).toBe(404);
    });
  }

  test('run now with data, pause, resume', async () => {
    const run = await api.post('/api/schedules/quarterly/run', { data: { file } });
    expect(run).toMatchObject({ status: 202, body: { run: { kind: 'by-hand', outcome: 'waiting' } } });
    await until('its effect', () => effects(file)[0] === run.body.run.jobId);
    await until('its end', async () => (await runsOf(api, 'quarterly'))[0]?.outcome === 'done');
    expect((await api.post('/api/schedules/quarterly/pause')).status).toBe(200);
    expect(await state(api, 'quarterly')).toBe('paused');
    expect((await api.post('/api/schedules/quarterly/resume')).status).toBe(200);
    expect(await state(api, 'quarterly')).toBe('active');
  });

  test('replace asks the run in hand to stop', async () => {
    const made = await api.call('PUT', '/api/schedules/long', { every: '2s', handler: 'note', overlap: 'replace', data: { file: `${file}-long`, hold: true } });
    expect(made.status).toBe(201);
    await until('a run that was replaced', async () => (await runsOf(api, 'long')).some(({ outcome }) => outcome === 'replaced'), 60_000);
    expect((await api.call('DELETE', '/api/schedules/long')).status).toBe(200);
  });

  test('a job that kills what runs it parks its schedule, until a person releases it', async () => {
    await api.call('PUT', '/api/schedules/poison', { every: '1s', handler: 'note', data: { file: `${file}-poison`, die: true } });
    await until('it to be parked', async () => (await state(api, 'poison')) === 'parked', 60_000);
    await expect
      .poll(async () => (await api.get('/api/incidents')).body.incidents.map(({ status, trigger }: IncidentSummary) => [status, trigger.process]))
      .toContainEqual(['open', 'schedule poison']);
    const deaths = effects(`${file}-poison`).length;
    expect(deaths).toBeLessThanOrEqual(3);
    expect((await read(api, 'poison')).schedule.why).toMatch(/took down the process that ran it/);
    // Another one of the same pace fires meanwhile, in the same queue.
    await api.call('PUT', '/api/schedules/healthy', { every: '1s', handler: 'note', data: { file: `${file}-healthy` } });
    await until('three runs of the healthy one', () => effects(`${file}-healthy`).length >= 3, 60_000);
    await api.call('DELETE', '/api/schedules/healthy');
    expect(effects(`${file}-poison`).length).toBe(deaths);
    await expect.poll(async () => (await api.get('/metrics')).body).toMatch(/roost_schedules\{state="parked"\} 1/);
    await expect
      .poll(async () => (await api.get('/api/health')).body)
      .toMatchObject({ status: 'degraded', reasons: [{ code: 'schedule-parked', message: expect.stringContaining('poison') }] });
    await api.post('/api/schedules/poison/resume');
    await until('it to try again', () => effects(`${file}-poison`).length > deaths);
    await api.call('DELETE', '/api/schedules/poison');
    await api.healthy();
  });

  test('a crontab is taken over as shadows, compared, and given back', async () => {
    const text = `* * * * * ${process.execPath} -e 0\n0 4 * * * cd / && ls\n`;
    const dry = await api.post('/api/schedule/import', { format: 'crontab', text, dryRun: true, tz: 'UTC' });
    expect(dry).toMatchObject({
      status: 200,
      body: {
        import: null,
        rows: [
          { verdict: 'create', name: 'node' },
          { verdict: 'cannot', why: expect.stringContaining('shell') },
        ],
      },
    });
    expect((await api.get('/api/schedules/node')).status).toBe(404);
    const done = await api.post('/api/schedule/import', { format: 'crontab', text, tz: 'UTC' });
    expect(done).toMatchObject({ status: 201, body: { import: { names: ['node'] } } });
    expect(await state(api, 'node')).toBe('shadow');
    expect((await api.get('/api/schedule/export?format=crontab')).body.text).toContain(`* * * * * cd `);
    expect((await api.post('/api/schedules/node/compare', { text: 'no time here' })).body.error.field).toBe('text');
    expect((await api.post(`/api/schedule/imports/${done.body.import.id}/undo`)).body).toMatchObject({ removed: ['node'], kept: [] });
    expect((await api.get('/api/schedules/node')).status).toBe(404);
  });
});

test.describe('two nodes on one Redis', () => {
  let redis: TestRedis;
  test.beforeAll(async () => {
    redis = await startTestRedis();
  });
  test.afterAll(() => redis.stop());

  test('one fires, and the other takes over when it dies', async () => {
    // The client takes the path of a socket where a URL may stand.
    const url = 'path' in redis.address ? redis.address.path : '';
    const schedule = '  shared: { every: 1s, handler: command, data: { argv: [date] } }\n';
    const first = hostWith(schedule, { REDIS_URL: url });
    const second = hostWith(schedule, { REDIS_URL: url });
    try {
      const [a, b] = await Promise.all([first.up(), second.up()]);
      await until('runs', async () => (await runsOf(a, 'shared')).filter(({ outcome }) => outcome === 'done').length >= 4, 60_000);
      await expect.poll(async () => [await state(a, 'shared'), await state(b, 'shared')].sort()).toEqual(['active', 'standby']);
      const times = (await runsOf(a, 'shared')).map(({ dueMs }) => dueMs);
      expect(new Set(times).size).toBe(times.length);
      const [owner, other] = (await state(a, 'shared')) === 'active' ? [first, b] : [second, a];
      await owner.end('SIGKILL');
      const last = Math.max(...(await runsOf(other, 'shared')).map(({ dueMs }) => dueMs ?? 0));
      await until('the other to fire', async () => (await runsOf(other, 'shared')).some(({ dueMs }) => (dueMs ?? 0) > last + 1_000), 60_000);
      await expect.poll(() => state(other, 'shared')).toBe('active');
    } finally {
      await Promise.all([first.dispose(), second.dispose()]);
    }
  });
});
