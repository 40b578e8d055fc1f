import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { systemClock, systemRandom } from '../../core/base/clock.js';
import { silentLog } from '../../core/base/log.js';
import type { RoostCore } from '../../supervisor/core.js';
import { createSupervisor } from '../../supervisor/supervisor.js';
import { root } from '../support/host.js';
import { until } from '../support/processes.js';

/** The core as a door builds it, with the built programs as its children: only a door hears that the machine sleeps. */
async function openCore(dataDir: string): Promise<RoostCore> {
  const agent = new URL('../fixtures/agents/good.mjs', import.meta.url).pathname;
  const core = await createSupervisor({
    door: 'headless',
    dataDir,
    configFile: join(root, 'e2e', 'fixtures', 'sleep.yaml'),
    env: { ...process.env, ROOST_CONFIG: '', SLEEP_AGENT: agent },
    entryDir: join(root, 'dist', 'main'),
    resourcesDir: join(root, 'assets'),
    log: silentLog,
    clock: systemClock,
    random: systemRandom,
    version: '0.0.0',
  });
  await core.start();
  return core;
}

const signal = new AbortController().signal;

test('S13: between suspend and resume no job begins, not even in a worker that is born meanwhile; both words may come twice or alone', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'roost-sleep-'));
  const core = await openCore(dataDir);
  const { handlers } = core;
  const ask = async (sessionId: string, text: string): Promise<string> => (await handlers['turn.create']({ sessionId, text }, signal)).turnId;
  const status = async (id: string): Promise<string> => (await handlers['turn.get']({ id }, signal)).turn.status;
  const worker = () => core.state.state.processes.find(({ name }) => name === 'worker-turns');
  /** Until the worker says once more what it has in hand: a job that it could take it would have taken by then. */
  const beats = async (): Promise<void> => {
    const sinceMs = Date.now();
    for (let beat = 0; beat < 2; beat++)
      await until('the next beat of the worker', async () => {
        const { processes } = await handlers['process.list']({}, signal);
        const ageMs = processes.find(({ name }) => name === 'worker-turns')?.statusAgeMs ?? Number.POSITIVE_INFINITY;
        return Date.now() - ageMs > sinceMs + beat * 1_000;
      });
  };
  try {
    const sessions: string[] = [];
    for (const userId of ['ada', 'bob', 'cy']) sessions.push((await handlers['session.start']({ userId }, signal)).sessionId);
    for (const id of sessions) await until('its agent', async () => (await handlers['session.get']({ id }, signal)).session.status === 'ready');
    core.resumed();
    core.resumed();
    // One slot: the first is in hand, the others stand in line.
    const first = await ask(sessions[0] ?? '', 'wait');
    await until('the first to run', async () => (await status(first)) === 'running');
    const others = [await ask(sessions[1] ?? '', 'hello'), await ask(sessions[2] ?? '', 'hello')];

    core.suspended();
    core.suspended();
    await expect(handlers['session.start']({ userId: 'dan' }, signal)).rejects.toMatchObject({ code: 'held' });
    await expect(handlers['turn.create']({ sessionId: sessions[0] ?? '', text: 'no' }, signal)).rejects.toMatchObject({ code: 'held' });
    await handlers['turn.cancel']({ id: first }, signal);
    await until('the first to end', async () => (await status(first)) === 'cancelled');
    await beats();
    expect(await Promise.all(others.map(status))).toEqual(['queued', 'queued']);

    // The word counts for half a minute only: it is said again wherever this test takes its time.
    core.suspended();
    process.kill(worker()?.pid ?? 0, 'SIGKILL');
    await until('a fresh worker', () => worker()?.incarnation === 2 && worker()?.state === 'running');
    core.suspended();
    await beats();
    expect(await Promise.all(others.map(status))).toEqual(['queued', 'queued']);
    // Who rests is not taken for one that fetches nothing.
    expect(core.health().reasons.map(({ code }) => code)).not.toContain('worker-unproved');

    core.resumed();
    for (const id of others) await until('the others to be done', async () => (await status(id)) === 'done');
    for (const id of others) expect((await handlers['turn.get']({ id }, signal)).turn).toMatchObject({ attempts: 1 });
    expect((await handlers['session.start']({ userId: 'dan' }, signal)).sessionId).toBeTruthy();
    expect(worker()).toMatchObject({ incarnation: 2, state: 'running' });
  } finally {
    await core.stop('the test is over', 1_000);
    rmSync(dataDir, { recursive: true, force: true });
  }
});
