import { expect, test } from '@playwright/test';
import { startTestRedis } from '../../core/redis/test-redis.js';
import { EchoModel } from '../support/echo-model.js';
import { Host, type RestClient } from '../support/host.js';
import { pause } from '../support/nemesis.js';
import { until } from '../support/processes.js';
import { TcpProxy } from '../support/tcp-proxy.js';

/** `REDIS_AWAY_MS=300000` for five minutes. */
const awayMs = Number(process.env['REDIS_AWAY_MS'] ?? 20_000);

test(`R2: no Redis for ${awayMs / 1_000} s: refused within 2 s all the while, schedules stay, the first turn within 5 s of its return`, async () => {
  test.setTimeout(awayMs + 180_000);
  const server = await startTestRedis();
  const proxy = new TcpProxy({ to: server.address as { path: string }, random: () => 0.5 });
  await proxy.listen();
  const model = new EchoModel({ wordMs: () => 5 });
  const config = [
    'sessions: { startsPerMinute: 1000 }',
    `redis: { mode: external, url: "redis://127.0.0.1:${proxy.port}" }`,
    `providers: [{ name: echo, baseUrl: "${await model.listen()}", model: echo }]`,
    'coordinator: { arms: { npc: { prior: 0.5 } } }',
  ].join('\n');
  const host = new Host({ config });
  const schedules = async (api: RestClient): Promise<string[]> =>
    (await api.get('/api/schedules')).body.schedules.map(({ name }: { name: string }) => name).sort();
  const workers = async (api: RestClient): Promise<unknown> =>
    (await api.get('/api/processes')).body.processes
      .filter(({ kind }: { kind: string }) => kind === 'worker')
      .map(({ name, pid, restarts }: { name: string; pid: number; restarts: number }) => ({ name, pid, restarts }));
  try {
    const api = await host.up();
    await api.healthy();
    const session = await api.session('ada');
    const first = await api.post(`/api/session/${session}/turns`, { text: 'before' });
    expect(await api.turn(first.body.turnId)).toMatchObject({ status: 'done', text: 'before' });
    const known = await schedules(api);
    expect(known.length).toBeGreaterThan(0);
    const before = await workers(api);

    await proxy.leave();
    const told = async (): Promise<boolean> => (await api.get('/api/health')).body.reasons.some(({ code }: { code: string }) => code === 'redis-down');
    await until('it to be told', told, 15_000);
    const end = performance.now() + awayMs;
    let slowestMs = 0;
    for (let asked = 0; performance.now() < end; asked++) {
      const fromMs = performance.now();
      const refused = await api.post(`/api/session/${session}/turns`, { text: `lost ${asked}` });
      slowestMs = Math.max(slowestMs, performance.now() - fromMs);
      expect(refused).toMatchObject({ status: 503, body: { error: { code: 'redis-unavailable' } } });
      await pause(Math.min(5_000, Math.max(0, end - performance.now())));
    }
    expect(slowestMs).toBeLessThan(2_000);
    // It is no worker's fault.
    expect(await workers(api)).toEqual(before);

    const backMs = performance.now();
    await proxy.comeBack();
    const taken = await until('a turn to be taken on', async () => {
      const answer = await api.post(`/api/session/${session}/turns`, { text: 'after' });
      return answer.status === 202 ? (answer.body.turnId as string) : undefined;
    });
    expect(await api.turn(taken)).toMatchObject({ status: 'done', text: 'after', error: null });
    const firstMs = performance.now() - backMs;
    console.log(
      `R2: ${awayMs / 1_000} s without Redis, slowest refusal ${Math.round(slowestMs)} ms, first turn done ${Math.round(firstMs)} ms after its return`,
    );
    expect(firstMs).toBeLessThan(5_000);
    await api.healthy();
    expect(await schedules(api)).toEqual(known);
    expect(await workers(api)).toEqual(before);
    const { turns } = (await api.get(`/api/session/${session}/history?limit=100`)).body;
    expect(turns.map(({ prompt }: { prompt: string }) => prompt)).toEqual(['before', 'after']);
    expect(host.stderr).not.toMatch(/unhandled|uncaught/i);
    expect(await host.end('SIGTERM')).toBe(0);
  } finally {
    await host.dispose();
    proxy.close();
    model.close();
    await server.stop();
  }
});
