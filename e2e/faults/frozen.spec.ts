import { expect, test } from '@playwright/test';
import { EchoModel } from '../support/echo-model.js';
import { Host, type RestClient } from '../support/host.js';
import { pause } from '../support/nemesis.js';
import { alive, descendants } from '../support/processes.js';

interface Seen {
  readonly name: string;
  readonly pid: number;
  readonly incarnation: number;
  readonly restarts: number;
  readonly statusAgeMs?: number | null;
}

const processes = async (api: RestClient): Promise<Seen[]> => (await api.get('/api/processes')).body.processes;
const lives = (seen: readonly Seen[]): unknown => seen.map(({ name, pid, incarnation, restarts }) => ({ name, pid, incarnation, restarts })).sort(byName);
const byName = (left: { readonly name: string }, right: { readonly name: string }): number => (left.name < right.name ? -1 : 1);
const signalAll = (pids: readonly number[], signal: NodeJS.Signals): void => {
  for (const pid of pids) if (alive(pid)) process.kill(pid, signal);
};

const frozenMs = Number(process.env['FREEZE_MS'] ?? 45_000);

for (const { id, what, forMs, whole } of [
  { id: 'S10', what: 'the whole tree, as a sleeping machine does', forMs: frozenMs, whole: true },
  { id: 'S11', what: 'only the supervisor, while its children work on', forMs: 60_000, whole: false },
]) {
  test(`${id}: ${what}, frozen for ${forMs / 1_000} s: nobody is blamed, jobs in hand run once`, async () => {
    test.setTimeout(forMs + 180_000);
    const model = new EchoModel({ wordMs: () => 1_500 });
    const config = [
      'sessions: { startsPerMinute: 1000 }',
      `providers: [{ name: echo, baseUrl: "${await model.listen()}", model: echo, timeout: 120s }]`,
      'coordinator: { arms: { npc: { prior: 0.5 } } }',
    ].join('\n');
    const host = new Host({ config });
    let frozen: number[] = [];
    try {
      const api = await host.up();
      await api.healthy();
      const ask = async (user: string, text: string): Promise<string> =>
        (await api.post(`/api/session/${await api.session(user)}/turns`, { text })).body.turnId;
      const questions = ['one two three four five six', 'seven eight nine ten eleven twelve'];
      const ids = [await ask('ada', questions[0] ?? ''), await ask('bob', questions[1] ?? '')];
      for (const turn of ids) await expect.poll(async () => (await api.get(`/api/turns/${turn}`)).body.turn.text).not.toBe('');
      const before = lives(await processes(api));
      const pids = (await processes(api)).map((one) => one.pid);

      const pid = host.child?.pid ?? 0;
      // Parents first: one that is awake would see its children stand still.
      frozen = whole ? [pid, ...descendants(pid)] : [pid];
      signalAll(frozen, 'SIGSTOP');
      await pause(forMs);
      // Their own watchdog, which ends them when nobody is there, was not set off.
      expect(pids.filter((one) => !alive(one))).toEqual([]);
      signalAll([...frozen].reverse(), 'SIGCONT');
      frozen = [];
      const thawed = performance.now();

      for (const [at, turn] of ids.entries()) {
        expect(await api.turn(turn, 30_000)).toMatchObject({ status: 'done', text: questions[at], attempts: 1, error: null });
        expect(model.asked(questions[at] ?? '')).toBe(1);
      }
      await expect
        .poll(async () => (await processes(api)).filter(({ name }) => name.startsWith('worker-')).every(({ statusAgeMs }) => (statusAgeMs ?? 1e9) < 5_000), {
          timeout: 10_000 - Math.min(9_000, performance.now() - thawed),
        })
        .toBe(true);
      // Every watch has had its full limit again by then.
      for (; performance.now() - thawed < 40_000; await pause(1_000)) expect(lives(await processes(api))).toEqual(before);
      expect((await api.get('/api/health')).body.status).toBe('healthy');
      expect((await api.get('/api/incidents')).body.incidents).toEqual([]);
      const late = await ask('cy', 'still here');
      expect(await api.turn(late)).toMatchObject({ status: 'done', text: 'still here' });
    } finally {
      signalAll(frozen, 'SIGCONT');
      await host.dispose();
      model.close();
    }
  });
}
