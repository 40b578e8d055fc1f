import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CliBench } from '../test-cli.js';

const bench = new CliBench();
const { replies, seen } = bench;
beforeEach(() => bench.open());
afterEach(() => bench.close());
const roost = (argv: string[], answer?: boolean) => bench.run(argv, answer);

const row = (id: string) => ({
  id,
  queue: 'trends',
  name: 'trend-scan',
  state: 'waiting',
  preview: '{"feeds":[]}',
  createdAtMs: 0,
  dueAtMs: null,
  startedAtMs: null,
  finishedAtMs: null,
  attempts: 0,
  maxAttempts: 3,
  priority: 0,
  progress: null,
  error: null,
  worker: null,
});
const queue = {
  waiting: 4,
  active: 0,
  delayed: 0,
  failed: 2,
  completed: 9,
  oldestWaitingMs: 61_000,
  paused: true,
  perMinute: 2,
  failedPerMinute: 0,
  clearMs: null,
  unconsumed: true,
  names: [{ name: 'trend-scan', completed: 9, failed: 2, cancelled: 0, wait: { p50: 5, p95: 50, p99: 500 }, run: null }],
  workers: [],
};
const page = (jobs: object[], searched: object | null = null) => ({ body: { success: true, jobs, total: 7, page: 1, pageSize: 50, searched } });

describe('looking', () => {
  it('shows every queue, and what is wrong with it', async () => {
    replies['GET /api/queues'] = { body: { success: true, queues: { trends: queue } } };
    const { out, code } = await roost(['queues']);
    expect(code).toBe(0);
    expect(out).toMatch(/trends +4 +0 +0 +2 +9 +1 m 1 s +2 +never +0 +PAUSED, no worker consumes it/);
  });

  it('shows latencies by name of one queue', async () => {
    replies['GET /api/queues/trends'] = { body: { success: true, name: 'trends', queue, recent: [], hours: [] } };
    expect((await roost(['queues', 'trends'])).out).toMatch(/trend-scan +9 +2 +5 ms +50 ms +500 ms +- /);
  });

  it('searches on until all was looked at, and says so', async () => {
    const path = 'GET /api/queues/trends/jobs?state=waiting&pageSize=50&search=a%20b&from=';
    replies[`${path}0`] = page([row('one')], { looked: 400, of: 900, next: 400 });
    replies[`${path}400`] = page([row('one'), row('two')], { looked: 900, of: 900, next: null });
    const { out } = await roost(['jobs', 'trends', '--search', 'a b']);
    expect(out.match(/^(one|two) /gm)).toHaveLength(2);
    expect(out).toContain('searched 900 of 900');
  });

  it('refuses a state there is none of', async () => {
    expect(await roost(['jobs', 'trends', '--state', 'gone'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('waiting, active, delayed, failed, completed'),
    });
  });
});

describe('acts that cannot be undone', () => {
  const acts: [string[], string, object][] = [
    [['cancel', 'trends', 'j 1'], 'POST /api/jobs/trends/j%201/cancel', { success: true, status: 'cancelled', message: 'gone' }],
    [['remove', 'trends', 'j1'], 'POST /api/jobs/trends/j1/remove', { success: true, message: 'gone' }],
    [['retry', 'trends', '--failed'], 'POST /api/queues/trends/retry-failed', { success: true, retried: 2, skipped: 0, left: 0 }],
    [['clean', 'trends', '--state', 'failed', '--older', '7d'], 'POST /api/queues/trends/clean', { success: true, removed: 2, left: 0 }],
  ];

  it.each(acts)('%j asks first, and --yes answers', async (argv, path, body) => {
    replies[path] = { body };
    const refused = await roost(argv, false);
    expect([refused.code, refused.asked.length, seen.length]).toEqual([1, 1, 0]);
    expect((await roost(argv, true)).code).toBe(0);
    expect(seen.map((one) => one.path)).toEqual([path]);
    const script = await roost(argv);
    expect([script.code, script.err]).toEqual([2, expect.stringContaining('--yes')]);
    expect((await roost([...argv, '--yes'])).code).toBe(0);
  });

  it('others do not', async () => {
    replies['POST /api/queues/trends/pause'] = { body: { success: true, paused: ['trends'] } };
    replies['POST /api/queues/resume'] = { body: { success: true, resumed: [] } };
    expect((await roost(['pause', 'trends'])).out).toBe('paused: trends\n');
    expect((await roost(['resume', '--all'])).out).toMatch(/nothing to do/);
    expect((await roost(['pause'])).code).toBe(2);
  });
});

describe('adding', () => {
  it('sends data, delay and priority, and refuses what is no object', async () => {
    replies['POST /api/queues/trends/jobs'] = { body: { success: true, id: '7', queue: 'trends' } };
    const { out } = await roost(['add', 'trends', 'trend-scan', '--data', '{"a":1}', '--delay', '10m', '--priority', '2']);
    expect(out).toBe('job 7 is in trends\n');
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({ name: 'trend-scan', data: { a: 1 }, delayMs: 600_000, priority: 2 });
    expect(await roost(['add', 'trends', 'trend-scan', '--data', '[1]'])).toMatchObject({ code: 2, err: expect.stringContaining('JSON object') });
    expect(await roost(['add', 'trends', 'trend-scan', '--delay', 'soon'])).toMatchObject({ code: 2, err: expect.stringContaining('--delay') });
  });

  it('tells what the host refuses in its own words', async () => {
    replies['POST /api/jobs/trends/j1/retry'] = {
      status: 409,
      body: { success: false, error: { code: 'conflict', message: 'Job j1 of trends: it is active; no.' } },
    };
    expect(await roost(['retry', 'trends', 'j1'])).toMatchObject({ code: 1, err: 'roost: Job j1 of trends: it is active; no.' });
  });
});
