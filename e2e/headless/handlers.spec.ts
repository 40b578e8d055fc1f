import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { faultTime } from '../../core/base/test-times.js';
import { Host, type RestClient, root } from '../support/host.js';
import { alive, until } from '../support/processes.js';

const config =
  'handlers: { folder: ./handlers, idleAfter: 5m }\nworkers: { turns: { queues: [turns, coach] }, jobs: { concurrency: { analysis: 4, trends: 2 } } }\n';
let host: Host;
let api: RestClient;

test.describe.configure({ mode: 'serial' });
test.beforeAll(async () => {
  host = new Host({ config, name: 'roost handlers-', env: { FOREIGN_CANARY: 'seen' } });
  mkdirSync(join(host.dataDir, 'handlers'));
  copyFileSync(join(root, 'e2e/fixtures/handlers/probe.ts'), join(host.dataDir, 'handlers/probe.ts'));
  writeFileSync(join(host.dataDir, 'handlers/broken.js'), 'export default {;');
  writeFileSync(join(host.dataDir, 'handlers/rude.js'), 'process.exit(1);');
  api = await host.up();
  await api.healthy();
});
test.afterAll(async () => {
  // Nobody waits for the long jobs of the last test.
  await hurriedEnd();
  await host.dispose();
});

const add = async (data: object, more: object = {}, queue = 'analysis'): Promise<string> => {
  const { status, body } = await api.post(`/api/queues/${queue}/jobs`, { name: 'probe', data, ...more });
  expect(status, JSON.stringify(body)).toBe(201);
  return body.id;
};
const ended = (id: string, deadlineMs = 30_000, queue = 'analysis') =>
  until(
    `job ${id} to end`,
    async () => {
      const { job } = (await api.get(`/api/jobs/${queue}/${id}`)).body;
      return job?.state === 'completed' || job?.state === 'failed' ? job : undefined;
    },
    deadlineMs,
  );
const jobsPid = async (): Promise<number> => (await api.process('worker-jobs')).pid;

test('own handlers are listed with their settings, bad files with the reason, and break nothing', async () => {
  const { handlers, problems } = await until('both bad files to be known', async () => {
    const { body } = await api.get('/api/handlers');
    return body.problems.length === 2 && body;
  });
  expect(handlers.find((one: { name: string }) => one.name === 'probe')).toMatchObject({ queue: 'analysis', softMs: 60_000, hardMs: 120_000, own: true });
  expect(handlers.find((one: { name: string }) => one.name === 'http')).toMatchObject({ own: false });
  expect(problems.map((one: { file: string }) => one.file).sort()).toEqual(['broken.js', 'rude.js']);
  expect(problems.find((one: { file: string }) => one.file === 'rude.js').problem).toContain('ends the process');
});

test('a job has its result, log and progress, asks the supervisor, and sees no foreign variable', async () => {
  const job = await ended(await add({ way: 'asks' }));
  expect(job).toMatchObject({ state: 'completed', result: { health: 'healthy', foreign: 'none' }, progress: { fraction: 0.5, text: 'half way' } });
  expect(job.logs.join('\n')).toContain('begins asks');
});

test('data that do not fit fail for good, an unknown handler is refused by name', async () => {
  const job = await ended(await add({ wrong: true }, { attempts: 3 }));
  expect(job).toMatchObject({ state: 'failed', attempts: 1, error: expect.stringContaining('way must be a string') });
  const { status, body } = await api.post('/api/queues/analysis/jobs', { name: 'nobody', data: {} });
  expect([status, body.error.field]).toEqual([400, 'name']);
});

test('a busy loop holds nobody, and its hard deadline ends it with all it started', async () => {
  const worker = await jobsPid();
  const id = await add({ way: 'spawns' }, { softMs: 1_000, hardMs: 5_000 });
  const quick = await Promise.all([add({ way: 'works' }), add({ way: 'works' }), add({ way: 'works' })]);
  for (const one of quick) expect((await ended(one)).state).toBe('completed');
  const job = await ended(id);
  expect(job).toMatchObject({ state: 'failed', attempts: 1, error: expect.stringMatching(/^deadline: .*hard deadline of 5 s/) });
  expect(job.logs.join('\n')).toContain('The soft deadline of 1 s has passed');
  const child = Number(/child (\d+)/.exec(job.logs.join('\n'))?.[1]);
  await until('the grandchild to be gone', () => !alive(child), 10_000);
  expect(await jobsPid()).toBe(worker);
});

test('a job that heeds its soft deadline ends as it likes', async () => {
  const job = await ended(await add({ way: 'listens' }, { softMs: 500, hardMs: 20_000 }));
  expect(job).toMatchObject({ state: 'failed', error: expect.stringMatching(/^timeout: The soft deadline/) });
});

test('the crash of a handler process costs its job alone, three of them set it aside', async () => {
  const worker = await jobsPid();
  const bystander = await add({ way: 'sleeps', forMs: 1_500 });
  const once = await ended(await add({ way: 'dies' }));
  expect(once).toMatchObject({ state: 'failed', error: expect.stringContaining('handler-died: ') });
  expect((await ended(bystander)).state).toBe('completed');
  const id = await add({ way: 'dies' }, { attempts: 5 });
  // The waits between the tries are the preset's; a person may shorten them.
  const poisoned = await until(
    'the job to be set aside',
    async () => {
      await api.post(`/api/jobs/analysis/${id}/promote`);
      const { job } = (await api.get(`/api/jobs/analysis/${id}`)).body;
      return job.state === 'failed' ? job : undefined;
    },
    40_000,
  );
  expect(poisoned).toMatchObject({ attempts: 3, deaths: 3, error: expect.stringMatching(/^poison: 3 processes died/) });
  expect(await jobsPid()).toBe(worker);
});

// Limits in milliseconds: of a machine that does other things as well, and of `npm run test:faults`, where they are what is promised.
const cancelledWithin = { listens: faultTime(30_000, 3_000), loops: faultTime(30_000, 8_000) };
const waitsAgainWithin = faultTime(20_000, 2_000);
const runsAgainWithin = faultTime(30_000, 5_000);
const slotsWithin = faultTime(30_000, 4_000);

test('cancelling reaches a job that hangs, and ends one that does not listen after five seconds', async () => {
  for (const [way, text] of [
    ['listens', 'Somebody cancelled'],
    ['loops', 'did not end within 5 s'],
  ] as const) {
    const id = await add({ way });
    await until('the job to run', async () => (await api.get(`/api/jobs/analysis/${id}`)).body.job.logLines > 0);
    expect((await api.post(`/api/jobs/analysis/${id}/cancel`)).body.status).toBe('cancelling');
    const job = await ended(id, cancelledWithin[way]);
    expect(job).toMatchObject({ state: 'failed', error: expect.stringContaining('cancelled: ') });
    expect(job.error).toContain(text);
  }
});

test('a worker killed in mid-job leaves no handler process behind, and its jobs wait again at once, long before their locks run out', async () => {
  const ledger = join(host.dataDir, 'ledger');
  const id = await add({ way: 'hangs', ledger }, { attempts: 3, hardMs: 60_000 });
  await until('the job to run', () => has(ledger, `${id} 1 begin`));
  const old = Number(/begin (\d+)/.exec(readFileSync(ledger, 'utf8'))?.[1]);
  process.kill(await jobsPid(), 'SIGKILL');
  await until('the handler process to be gone', () => !alive(old), 10_000);
  // A lock lasts ten minutes.
  await until('the job to wait or run again', async () => (await api.get(`/api/jobs/analysis/${id}`)).body.job.deaths === 1, waitsAgainWithin);
  await until(
    'the second start',
    () =>
      readFileSync(ledger, 'utf8')
        .split('\n')
        .filter((line) => line.startsWith(`${id} `)).length === 2,
  );
  await api.post(`/api/jobs/analysis/${id}/cancel`);
  await ended(id);
  await api.healthy();
});

test('slots change while running, and no job is lost', async () => {
  const running = async (): Promise<number> => (await api.get('/api/workers')).body.handlerProcesses.busy;
  const ids = await Promise.all(Array.from({ length: 20 }, () => add({ way: 'sleeps', forMs: 2_000 })));
  await until('four at a time', async () => (await running()) === 4);
  const { body } = await api.post('/api/workers/jobs/tune', { concurrency: { analysis: 8 } });
  expect(body.concurrency).toEqual({ analysis: 8, trends: 2 });
  await until('eight at a time', async () => (await running()) === 8, slotsWithin);
  await api.post('/api/workers/jobs/tune', { concurrency: { analysis: 2 } });
  await until('two at a time', async () => (await running()) === 2, slotsWithin);
  await api.post('/api/workers/jobs/tune', { concurrency: { analysis: 8 } });
  for (const id of ids) expect((await ended(id, 60_000)).state).toBe('completed');
  expect((await api.post('/api/workers/jobs/tune', { concurrency: { coach: 2 } })).body.error.field).toBe('concurrency');
  expect((await api.post('/api/workers/nobody/tune', { concurrency: { coach: 2 } })).status).toBe(404);
});

test('a fresh worker takes over without a gap: nothing waits, nothing is lost, the counters go on', async () => {
  await api.post('/api/workers/jobs/tune', { concurrency: { analysis: 4 } });
  const before = await api.process('worker-jobs');
  const long = await add({ way: 'sleeps', forMs: 8_000 });
  await until('the long job to run', async () => (await api.get(`/api/jobs/analysis/${long}`)).body.job.state === 'active');
  expect((await api.post('/api/workers/jobs/renew')).body.renewed).toBe(true);
  const after = await api.process('worker-jobs');
  expect(after).toMatchObject({ state: 'running', restarts: before.restarts + 1 });
  expect(after.pid).not.toBe(before.pid);
  expect(alive(before.pid)).toBe(true);
  expect((await ended(await add({ way: 'works' }))).state).toBe('completed');
  expect(await ended(long)).toMatchObject({ state: 'completed', deaths: 0, attempts: 1 });
  await until('the old one to end', () => !alive(before.pid));
  await api.healthy();
});

test('a change in the folder is read anew, without a restart', async () => {
  writeFileSync(join(host.dataDir, 'handlers/late.js'), "export default { summary: 'Came late', run: async (job) => ({ came: job.data.n }) };");
  await until('the new handler', async () => (await api.get('/api/handlers')).body.handlers.some((one: { name: string }) => one.name === 'late'));
  const { body } = await api.post('/api/queues/trends/jobs', { name: 'late', data: { n: 1 } });
  expect(await ended(body.id, 20_000, 'trends')).toMatchObject({ state: 'completed', result: { came: 1 } });
  writeFileSync(join(host.dataDir, 'handlers/late.js'), "export default { summary: 'Changed', run: async () => ({ changed: true }) };");
  await until('the change', async () => (await api.get('/api/handlers')).body.handlers.some((one: { summary: string }) => one.summary === 'Changed'));
  const again = await api.post('/api/queues/trends/jobs', { name: 'late', data: { n: 2 } });
  expect(await ended(again.body.id, 20_000, 'trends')).toMatchObject({ result: { changed: true } });
});

test('a host that is killed leaves no handler process, and the job runs again with the next start', async () => {
  const ledger = join(host.dataDir, 'ledger2');
  const id = await add({ way: 'sleeps', forMs: 3_000, ledger }, { attempts: 3 });
  await until('the job to run', () => has(ledger, `${id} 1 begin`));
  const pid = Number(/begin (\d+)/.exec(readFileSync(ledger, 'utf8'))?.[1]);
  await host.end('SIGKILL');
  await until('the handler process to be gone', () => !alive(pid), 10_000);
  api = await host.up();
  await until(
    'the second start',
    () =>
      readFileSync(ledger, 'utf8')
        .split('\n')
        .filter((line) => line.includes('begin')).length === 2,
    runsAgainWithin,
  );
  expect(await ended(id)).toMatchObject({ state: 'completed', deaths: 0 });
});

test('a stop in mid-job hands it back, with nothing of it left running and no try used up', async () => {
  const ledger = join(host.dataDir, 'ledger3');
  const id = await add({ way: 'sleeps', forMs: 20_000, ledger });
  await until('the job to run', () => has(ledger, `${id} 1 begin`));
  const pid = Number(/begin (\d+)/.exec(readFileSync(ledger, 'utf8'))?.[1]);
  expect(await hurriedEnd()).toBe(0);
  expect(alive(pid)).toBe(false);
  api = await host.up();
  await until(
    'the second start',
    () =>
      readFileSync(ledger, 'utf8')
        .split('\n')
        .filter((line) => line === '' || line.includes(`${id} 1 begin`)).length >= 3,
  );
  await expect.poll(async () => (await api.get(`/api/jobs/analysis/${id}`)).body.job).toMatchObject({ state: 'active', deaths: 0, attempts: 0 });
  await api.post(`/api/jobs/analysis/${id}/cancel`);
  await ended(id);
});

test('a start with more long jobs in line than slots is healthy without waiting for them', async () => {
  const ids = await Promise.all(Array.from({ length: 8 }, () => add({ way: 'sleeps', forMs: 100_000 }, { hardMs: 200_000 })));
  expect(await hurriedEnd()).toBe(0);
  api = await host.up();
  // The jobs take longer than all of this.
  await api.healthy(30_000);
  const active = async (): Promise<number> => {
    const states = await Promise.all(ids.map(async (id) => (await api.get(`/api/jobs/analysis/${id}`)).body.job.state));
    return states.filter((state) => state === 'active').length;
  };
  await expect.poll(active).toBeGreaterThan(0);
});

/** The second signal shortens the wait for what is in hand; sent before the first one is heard it would be one with it. */
const hurriedEnd = async (): Promise<number | null> => {
  const stops = (): number => host.stderr.split('"message":"stopping"').length;
  const before = stops();
  host.child?.kill('SIGTERM');
  await until('the first signal to be heard', () => stops() > before);
  return host.end('SIGTERM');
};

const has = (path: string, text: string): boolean => {
  try {
    return readFileSync(path, 'utf8').includes(text);
  } catch {
    return false;
  }
};
