import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CliBench } from '../test-cli.js';

const bench = new CliBench();
const { replies, seen } = bench;
beforeEach(() => bench.open());
afterEach(() => bench.close());
const roost = (...argv: string[]) => bench.run(argv);

const worker = {
  name: 'jobs',
  machine: null,
  state: 'running',
  pid: 42,
  rssBytes: 1_048_576,
  ageMs: 61_000,
  jobsDone: 7,
  recycleAfterJobs: 100,
  memoryBytes: 536_870_912,
  balanced: false,
  queues: [{ queue: 'analysis', slots: 4, configured: 2, busy: 1 }],
  jobs: [],
};

describe('roost workers', () => {
  it('lists them with busy and slots, those of other machines, and rates', async () => {
    replies['GET /api/workers'] = {
      body: {
        success: true,
        workers: [worker, { ...worker, name: 'far', machine: 'box (n1)', rssBytes: null, jobsDone: null }],
        handlerProcesses: { processes: 2, busy: 1, waiting: 3, most: 16, pids: [1, 2] },
        rates: { analysis: { max: 10, everyMs: 1_000 } },
      },
    };
    const { code, out } = await roost('workers');
    expect(code).toBe(0);
    expect(out).toContain('analysis 1/4 (config 2)');
    expect(out).toMatch(/far +box \(n1\)/);
    expect(out).toContain('2 of at most 16 processes, 1 busy, 3 jobs wait for one');
    expect(out).toContain('analysis: at most 10 jobs every 1 s');
  });

  it.each<[string[], string, object, object]>([
    [['tune', 'jobs', 'analysis=4'], 'POST /api/workers/jobs/tune', { concurrency: { analysis: 4 } }, { concurrency: { analysis: 4 } }],
    [['rate', 'analysis', '10/500ms'], 'POST /api/queues/analysis/tune', { rate: { max: 10, everyMs: 500 } }, { rate: { max: 10, everyMs: 500 } }],
    [['rate', 'analysis', 'none'], 'POST /api/queues/analysis/tune', { rate: null }, { rate: null }],
  ])('%j', async (argv, path, sent, answer) => {
    replies[path] = { body: { success: true, ...answer } };
    expect((await roost('workers', ...argv)).code).toBe(0);
    expect(JSON.parse(seen.find((one) => one.path === path)?.body ?? '')).toEqual(sent);
  });

  it('renew that could not be is exit code 1', async () => {
    replies['POST /api/workers/jobs/renew'] = { body: { success: true, renewed: false } };
    expect((await roost('workers', 'renew', 'jobs')).code).toBe(1);
  });

  it.each([['tune', 'jobs'], ['tune', 'jobs', 'analysis'], ['tune', 'jobs', 'analysis=0'], ['rate', 'a', '10'], ['rate', 'a', 'x/1s'], ['frob']])(
    'refuses %s %s %s as bad usage, before anybody is asked',
    async (...argv) => {
      expect((await roost('workers', ...argv.filter((word) => word !== undefined))).code).toBe(2);
      expect(seen).toEqual([]);
    },
  );
});

it('roost handlers tells what is no handler, and why', async () => {
  const handler = { name: 'probe', summary: 'Probes', queue: 'analysis', softMs: 1_000, hardMs: 2_000, retry: 'none', own: true };
  replies['GET /api/handlers'] = { body: { success: true, handlers: [handler], problems: [{ file: 'bad.ts', problem: 'must export\u001b[31m' }] } };
  const { code, out } = await roost('handlers');
  expect(code).toBe(0);
  expect(out).toMatch(/probe +analysis +1\.?0? s +2\.?0? s +none +yes +Probes/);
  expect(out).toContain('bad.ts is no handler: must export');
  expect(out).not.toContain('\u001b[31m');
});
