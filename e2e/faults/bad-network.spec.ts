import { expect, test } from '@playwright/test';
import { startTestRedis } from '../../core/redis/test-redis.js';
import { EchoModel } from '../support/echo-model.js';
import { Host, type RestClient } from '../support/host.js';
import { pause, seeded } from '../support/nemesis.js';
import { Person } from '../support/person.js';
import { until } from '../support/processes.js';
import { fair, TcpProxy } from '../support/tcp-proxy.js';

const status = async (api: RestClient): Promise<string> => (await api.get('/api/health')).body.status;

test('R18: a Redis behind a bad network: late, in crumbs, reset every 5 s, swallowed for 30 s; nothing is lost and nothing done twice', async () => {
  test.setTimeout(300_000);
  const seed = Number(process.env['NEMESIS_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  const random = seeded(seed);
  const server = await startTestRedis();
  const proxy = new TcpProxy({ to: server.address as { path: string }, random });
  await proxy.listen();
  const model = new EchoModel({ wordMs: () => 5 });
  const baseUrl = await model.listen();
  const config = [
    'sessions: { startsPerMinute: 1000 }',
    `redis: { mode: external, url: "redis://127.0.0.1:${proxy.port}" }`,
    `providers: [{ name: echo, baseUrl: "${baseUrl}", model: echo }]`,
    'coordinator: { arms: { npc: { prior: 0.5 } } }',
  ].join('\n');
  const host = new Host({ config });
  try {
    const api = await host.up();
    const people: Person[] = [];
    for (const name of ['ada', 'bob', 'cy']) people.push(new Person(await api.session(name), random));
    const replaced = async (): Promise<unknown> =>
      (await api.get('/api/processes')).body.processes
        .filter(
          ({ kind, restarts, lastExit }: { kind: string; restarts: number; lastExit: { cause: string } | null }) =>
            kind === 'worker' && restarts > 0 && lastExit?.cause !== 'recycled',
        )
        .map(({ name, lastExit }: { name: string; lastExit: unknown }) => ({ name, lastExit }));
    const during = async (forMs: number, act?: () => void): Promise<void> => {
      const stop = new AbortController();
      const asking = people.map((person) => person.keepAsking(api, stop.signal));
      for (let left = forMs; left > 0; left -= 5_000) {
        await pause(Math.min(5_000, left));
        act?.();
      }
      stop.abort();
      await Promise.all(asking);
    };

    proxy.weather = { ...fair, delayMs: 200, jitterMs: 100 };
    await during(10_000);
    expect(await status(api)).not.toBe('down');
    proxy.weather = { ...fair, sliceBytes: 1 };
    await during(5_000);
    expect(await status(api)).not.toBe('down');
    proxy.weather = { delayMs: 5, jitterMs: 20, sliceBytes: 7, blackHole: false };
    await during(20_000, () => proxy.resetAll());
    proxy.weather = fair;
    await api.healthy(30_000);
    // What the resets left behind has settled: from here on only the hole can be the reason.
    await pause(5_000);
    await api.healthy(30_000);

    const fromMs = performance.now();
    proxy.weather = { ...fair, blackHole: true };
    const told = async (): Promise<boolean> => (await api.get('/api/health')).body.reasons.some(({ code }: { code: string }) => code === 'redis-down');
    await until('the black hole to be seen', told, 15_000);
    const seenMs = performance.now() - fromMs;
    const refused = await api.post(`/api/session/${people[0]?.session}/turns`, { text: 'no' });
    expect(refused).toMatchObject({ status: 503, body: { error: { code: 'redis-unavailable' } } });
    await during(30_000 - seenMs);
    const backMs = performance.now();
    proxy.weather = fair;
    await api.healthy(30_000);
    const healedMs = performance.now() - backMs;
    console.log(`R18 (seed ${seed}): black hole seen after ${Math.round(seenMs)} ms, healthy ${Math.round(healedMs)} ms after its end`);
    expect(seenMs).toBeLessThanOrEqual(10_000);

    for (const person of people) expect(await person.ask(api)).toBe(true);
    const ledger = people.flatMap((person) => person.ledger);
    for (const { id, question, cancelled } of ledger) {
      // A fetch whose answer was lost is found by looks over half a minute.
      const turn = await api.turn(id, 100_000);
      if (cancelled !== true) expect(turn, `${id} (seed ${seed})`).toMatchObject({ status: 'done', text: question });
      expect(model.asked(question), `${question} (seed ${seed})`).toBeLessThanOrEqual(1);
    }
    console.log(`R18: ${ledger.length} turns acknowledged, all ended, none put to an agent twice`);
    // A bad network is nobody's fault: no worker was replaced for it.
    expect(await replaced()).toEqual([]);
    // A story is over once all has been well for a while.
    const hole = await until('the story of the hole to be over', async () => {
      const { body } = await api.get('/api/incidents');
      return body.incidents.find(
        ({ trigger, recoveryMs }: { trigger: { process: string }; recoveryMs: number | null }) => trigger.process === 'redis' && (recoveryMs ?? 0) > 25_000,
      );
    });
    expect(hole).toMatchObject({ trigger: { cause: 'unresponsive' }, status: 'resolved' });
    expect(hole.detectedAtMs - hole.beganAtMs).toBeLessThanOrEqual(10_000);
    expect(host.stderr).not.toMatch(/unhandled|uncaught/i);
    expect(await host.end('SIGTERM')).toBe(0);
  } finally {
    proxy.weather = fair;
    await host.dispose();
    proxy.close();
    model.close();
    await server.stop();
  }
});
