import { expect, test } from '@playwright/test';
import { Host } from '../support/host.js';
import { goesOn, longTurn, patientConfig } from '../support/patient-agent.js';
import { alive, processesHolding, until } from '../support/processes.js';

test('X2: SIGTERM with a turn that does not end: drained for 30 s, handed back, gone within 36 s, at work again after the next start', async () => {
  test.setTimeout(240_000);
  const host = new Host({ config: patientConfig(2) });
  try {
    const api = await host.up();
    const id = await longTurn(api, await api.session('ada'));
    const began = performance.now();
    expect(await host.end('SIGTERM', 60_000)).toBe(0);
    const tookMs = performance.now() - began;
    expect(tookMs).toBeGreaterThan(28_000);
    expect(tookMs).toBeLessThan(36_000);
    expect(processesHolding(host.dataDir)).toEqual([]);
    await goesOn(await host.up(), id);
  } finally {
    await host.dispose();
  }
});

test('X4: SIGKILL at any moment of a stop loses nothing', async () => {
  test.setTimeout(300_000);
  const host = new Host({ config: 'sessions: { startsPerMinute: 1000 }' });
  try {
    const acknowledged: string[] = [];
    for (const afterMs of [0, 20, 60, 150, 400, 1_000]) {
      const api = await host.up();
      const session = await api.session('ada');
      for (let n = 0; n < 5; n++) acknowledged.push((await api.post(`/api/session/${session}/turns`, { text: `${n} + ${afterMs}` })).body.turnId);
      host.child?.kill('SIGTERM');
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      await host.end('SIGKILL');
      await until('every child to be gone', () => processesHolding(host.dataDir).length === 0, 10_000);
    }
    const api = await host.up();
    for (const id of acknowledged) expect(await api.turn(id)).toMatchObject({ status: 'done' });
  } finally {
    await host.dispose();
  }
});

test('X5: with a Redis that hangs, a stop ends all the same', async () => {
  const host = new Host({ config: 'pool: { size: 1 }' });
  let redis = 0;
  try {
    const api = await host.up();
    redis = (await api.process('redis')).pid;
    process.kill(redis, 'SIGSTOP');
    const began = performance.now();
    expect(await host.end('SIGTERM')).toBe(0);
    expect(performance.now() - began).toBeLessThan(36_000);
    expect(alive(redis)).toBe(false);
    expect(processesHolding(host.dataDir)).toEqual([]);
  } finally {
    if (alive(redis)) process.kill(redis, 'SIGKILL');
    await host.dispose();
  }
});
