import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { type Answer, Host, RestClient, root } from '../support/host.js';
import { until } from '../support/processes.js';

/** What Roost does when the machine gives it no more: file descriptors, processor time. */

const speaks = join(root, 'e2e/fixtures/children/speaks.mjs');
const config = `
pool: { size: 1 }
sessions: { startsPerMinute: 1000 }
# Three minutes of turns are more than the hundred after which a worker is renewed as planned.
workers: { turns: { queues: [turns, coach], concurrency: 10, recycleAfterJobs: 0 } }
services:
  web:
    command: [${JSON.stringify(process.execPath)}, ${JSON.stringify(speaks)}, up]
    ready: { log: up }
`;

/** Lowers the limit of a process until so many more can be opened. */
function leaveFree(pid: number, free: number): void {
  const used = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
  let limit = 0;
  for (let left = free; left > 0; limit++) if (!used.has(limit)) left--;
  setLimit(pid, Math.max(limit, 3));
}

function setLimit(pid: number, limit: number): void {
  const { status, stderr } = spawnSync('prlimit', ['--pid', String(pid), `--nofile=${limit}:`], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`prlimit: ${stderr}`);
}

/** Over one connection that is kept: where there is no descriptor left nobody new can be let in. */
class KnownClient extends RestClient {
  override async call(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await fetch(new URL(path, this.control.url), {
      method,
      headers: { authorization: `Bearer ${this.control.token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000),
    });
    return { status: response.status, body: await response.json(), headers: response.headers };
  }
}

const codes = async (api: RestClient): Promise<string[]> => (await api.get('/api/health')).body.reasons.map(({ code }: { code: string }) => code);

test('out of file descriptors: starts fail by name, what runs goes on, the API answers, and it recovers', async () => {
  const host = new Host({ config });
  try {
    await host.up();
    const api = new KnownClient(host.dataDir);
    await api.healthy();
    const session = await api.session('ada');
    await until('the pool to be full again', async () => (await api.get('/api/pool')).body.ready === 1);
    const before = (await api.get('/api/processes')).body.processes.filter(({ kind }: { kind: string }) => kind === 'redis' || kind === 'worker');
    const pid = host.child?.pid ?? 0;

    leaveFree(pid, 8);
    const killed = new Set<number>();
    const failed = await until('the start to fail', async () => {
      const { body } = await api.get('/api/processes');
      const web = body.processes.find((one: { name: string }) => one.name === 'web');
      // A start in the second in which plenty was found last may still succeed.
      if (web.state === 'running' && !killed.has(web.pid)) {
        killed.add(web.pid);
        process.kill(web.pid, 'SIGKILL');
      }
      return web.lastExit?.cause === 'spawn-failed' && web;
    });
    expect(failed.lastExit.message).toContain('no file descriptors left');
    await expect.poll(() => codes(api)).toContain('files-short');
    const turn = await api.post(`/api/session/${session}/turns`, { text: '6 * 7' });
    expect(await api.turn(turn.body.turnId)).toMatchObject({ status: 'done' });

    // Now the very last ones are gone as well: what was put by is freed within a second.
    leaveFree(pid, 0);
    await until('an answer', () =>
      api.get('/api/health').then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
    await expect.poll(() => codes(api)).toContain('files-short');
    const after = (await until('the processes', () => api.get('/api/processes'))).body.processes.filter(
      ({ kind }: { kind: string }) => kind === 'redis' || kind === 'worker',
    );
    const lives = (views: { name: string; pid: number }[]): string[] => views.map((view) => `${view.name} ${view.pid}`);
    expect(lives(after)).toEqual(lives(before));

    setLimit(pid, 4_096);
    await until('the reason to go', async () => !(await codes(api)).includes('files-short'));
    await until('the service to run', async () => (await api.process('web')).state === 'running');
    await api.healthy();
  } finally {
    await host.dispose();
  }
});

/** Three minutes with the times of the product, as a long build takes; in the short run long enough to see that nothing is near. */
const hogMs = process.env['ROOST_REAL_TIMES'] === '1' ? 180_000 : 6_000;

test('twice as many busy programs as processors: turns are answered, and nothing is taken for stalled', async () => {
  test.setTimeout(hogMs + 120_000);
  const host = new Host({ config });
  const hogs: ChildProcess[] = [];
  try {
    const api = await host.up();
    await api.healthy();
    const session = await api.session('ada');
    await api.healthy();
    const lives = async (): Promise<string[]> =>
      (await api.get('/api/processes')).body.processes
        .filter(({ kind }: { kind: string }) => kind !== 'agent')
        .map((view: { name: string; pid: number; restarts: number }) => `${view.name} ${view.pid} ${view.restarts}`);
    const before = await lives();
    for (let n = 0; n < availableParallelism() * 2; n++) hogs.push(spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }));
    const end = performance.now() + hogMs;
    let turns = 0;
    while (performance.now() < end) {
      const { body } = await api.post(`/api/session/${session}/turns`, { text: `${turns} + 1` });
      expect(await api.turn(body.turnId)).toMatchObject({ status: 'done' });
      turns++;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(turns).toBeGreaterThan(0);
    expect(await lives()).toEqual(before);
    expect((await api.get('/api/incidents')).body.incidents).toEqual([]);
  } finally {
    for (const hog of hogs) hog.kill('SIGKILL');
    await host.dispose();
  }
});
