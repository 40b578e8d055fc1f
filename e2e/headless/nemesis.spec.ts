import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { type Census, censusOf } from '../support/census.js';
import { EchoModel } from '../support/echo-model.js';
import { Host, type RestClient } from '../support/host.js';
import { Nemesis, pause, seeded } from '../support/nemesis.js';
import { deaths, type Entry, endOf, Person, readTurn, type Turn } from '../support/person.js';
import { descendants, processesHolding, standsBy, until } from '../support/processes.js';

const sessionCount = 5;
const rageMs = Number(process.env['NEMESIS_MS'] ?? 40_000);
/** Connections come and go with what is asked of the host at the moment. */
const filesApart = 12;

test.describe('a nemesis that breaks everything at random', { tag: '@alone' }, () => {
  test.setTimeout(300_000 + rageMs);
  const seed = Number(process.env['NEMESIS_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  const random = seeded(seed);
  const model = new EchoModel({ wordMs: () => 10 + random() * 80 });
  let dataDir: string;
  let host: Host;
  let api: RestClient;
  let people: Person[];
  let before: Census;
  /** Each death of Roost itself may start the turns in hand once more. */
  let hostDeaths = 0;

  test.beforeAll(async () => {
    console.log(`nemesis: NEMESIS_SEED=${seed}`);
    dataDir = mkdtempSync(join(tmpdir(), 'roost-nemesis-'));
    const baseUrl = await model.listen();
    const config = [
      'sessions: { startsPerMinute: 1000 }',
      `providers: [{ name: echo, baseUrl: "${baseUrl}", model: echo }]`,
      'coordinator: { arms: { npc: { prior: 0.5 } } }',
    ].join('\n');
    host = new Host({ dataDir, config });
    api = await host.up();
    people = [];
    for (let n = 0; n < sessionCount; n++) people.push(new Person(await api.session(`person-${n}`), random));
    // One turn each first: what is opened on demand is open now.
    for (const person of people) await until('a turn to be taken', () => person.ask(api));
    for (const { ledger } of people) await api.turn(ledger[0]?.id ?? '');
    await until('a full pool', async () => (await api.get('/api/pool')).body.ready >= 3);
    before = census();
  });

  test.afterAll(async () => {
    await host?.dispose();
    model.close();
    if (test.info().status === 'passed') rmSync(dataDir, { recursive: true, force: true });
    else console.log(`the data directory stays for a look: ${dataDir}`);
  });

  const census = (): Census => censusOf(host.child?.pid ?? 0, dataDir);

  /** The turn once it has ended and the deaths of its agents are noted: a moment later where Redis was away or an agent had to be stopped first. */
  async function settled({ id, question }: Entry): Promise<Turn> {
    let turn: Turn = await api.turn(id, 60_000);
    const complete = (): boolean => deaths(turn) >= Math.min(3, model.asked(question) - hostDeaths - 1);
    for (const end = performance.now() + 10_000; !complete() && performance.now() < end; await pause(100)) turn = await api.turn(id);
    return turn;
  }

  async function nothingWasLost(): Promise<void> {
    await api.healthy(90_000);
    // One more of each: whoever has no agent gets one.
    for (const person of people) await until('a turn to be taken', () => person.ask(api));
    let died = 0;
    let cancelled = 0;
    for (const person of people) {
      let before: Turn | undefined;
      for (const entry of person.ledger) {
        const turn = await settled(entry);
        const where = `${entry.id} "${entry.question}" (seed ${seed})`;
        if (entry.ended !== undefined) expect(endOf(turn), `${where} ended once`).toBe(entry.ended);
        entry.ended = endOf(turn);
        if (turn.status === 'failed') {
          died += 1;
          expect({ ...turn.error, deaths: deaths(turn) }, `${where}: ${turn.error?.message}`).toMatchObject({ code: 'agent-died', deaths: 3 });
        } else if (turn.status === 'cancelled') {
          cancelled += 1;
          expect(entry.cancelled, `${where} was cancelled by its person`).toBe(true);
          expect(entry.question, where).toContain(turn.text);
        } else expect(turn, where).toMatchObject({ status: 'done', text: entry.question, error: null });
        expect(model.asked(entry.question), `${where} was put to agents this often`).toBeLessThanOrEqual(1 + deaths(turn) + hostDeaths);
        if (before !== undefined) {
          expect(turn.createdAt, `${where} after the one before`).toBeGreaterThanOrEqual(before.createdAt);
          if (turn.startedAt !== null)
            expect(turn.startedAt, `${where} started after the one before had ended`).toBeGreaterThanOrEqual(before.endedAt ?? Number.NaN);
        }
        expect(turn.endedAt, where).toBeGreaterThanOrEqual(turn.startedAt ?? turn.createdAt);
        // One cancelled in line ends out of turn; it never started.
        if (turn.startedAt !== null) before = turn;
      }
    }
    const ledger = people.flatMap((person) => person.ledger);
    console.log(`nemesis: ${ledger.length} turns acknowledged, all ended, ${cancelled} of them cancelled, ${died} by three deaths of agents`);
    await everythingIsBack();
  }

  async function everythingIsBack(): Promise<void> {
    await expect
      .poll(async () => {
        const { turns, coach } = (await api.get('/api/health')).body.queues;
        return [turns, coach].map(({ waiting, active, delayed }) => [waiting, active, delayed]);
      })
      .toEqual([
        [0, 0, 0],
        [0, 0, 0],
      ]);
    for (const { session } of people)
      await expect.poll(async () => (await api.get(`/api/session/${session}`)).body.session).toMatchObject({ status: 'ready', agentPid: expect.any(Number) });
    // What the load of the run asked for on top of the three is kept warm for a while.
    const atRest = { target: 3, starting: 0, trouble: null, ready: expect.any(Number) };
    await expect.poll(async () => (await api.get('/api/pool')).body, { timeout: 40_000 }).toMatchObject(atRest);
    await expect.poll(async () => (await api.get('/api/pool')).body.ready, { timeout: 40_000 }).toBeGreaterThanOrEqual(3);
    await expect
      .poll(async () => {
        const { body } = await api.get('/api/processes');
        const known = new Set<number>([host.child?.pid ?? 0, ...body.processes.map(({ pid }: { pid: number }) => pid)]);
        const strays = [...new Set([...processesHolding(dataDir), ...descendants(host.child?.pid ?? 0)])].filter((pid) => !known.has(pid));
        // One may be ready for the next start.
        return strays.filter(standsBy).length <= 1 ? strays.filter((pid) => !standsBy(pid)) : strays;
      })
      .toEqual([]);
    await expect
      .poll(async () => {
        const { slots, ready } = (await api.get('/api/pool')).body;
        return slots.length - ready;
      })
      .toBe(sessionCount);
    expect(Object.keys(before.files).length > 0 || process.platform !== 'linux').toBe(true);
    await until(
      `few open files; before ${JSON.stringify(before.files)}, now ${JSON.stringify(census().files)}`,
      () => census().open <= before.open + filesApart,
    );
    await expect.poll(() => census().temporary).toEqual([]);
    console.log(`nemesis: lost 0, leaked 0; ${before.open} files open before, ${census().open} after`);
  }

  test('loses no acknowledged turn, keeps their order and heals without help', async () => {
    const nemesis = new Nemesis(api, random);
    const stop = new AbortController();
    const asking = people.map((person) => person.keepAsking(api, stop.signal));
    try {
      await nemesis.rage(rageMs);
    } finally {
      stop.abort();
      await nemesis.heal();
      await Promise.all(asking);
      console.log(nemesis.story.join('\n'));
    }
    await nothingWasLost();
  });

  test('and the same after SIGTERM of Roost in the middle of it', async () => {
    const stop = new AbortController();
    const asking = people.map((person) => person.keepAsking(api, stop.signal));
    await pause(2_000);
    expect(await host.end('SIGTERM')).toBe(0);
    hostDeaths += 1;
    stop.abort();
    await Promise.all(asking);
    expect(processesHolding(dataDir)).toEqual([]);
    api = await host.up();
    await nothingWasLost();
  });

  test('and the same after SIGKILL of Roost in the middle of it', async () => {
    const stop = new AbortController();
    const asking = people.map((person) => person.keepAsking(api, stop.signal));
    const nemesis = new Nemesis(api, random);
    await nemesis.rage(4_000);
    await host.end('SIGKILL');
    hostDeaths += 1;
    stop.abort();
    await Promise.all(asking);
    console.log(nemesis.story.join('\n'));
    await until('every child to be gone', () => processesHolding(dataDir).length === 0, 10_000);
    api = await host.up();
    await nothingWasLost();
  });
});

test('an agent frozen in the middle of a turn: the turn ends at its deadline, the agent is replaced, the next turn is answered', {
  tag: '@alone',
}, async () => {
  const model = new EchoModel({ wordMs: () => 200 });
  const config = [
    'turns: { deadline: 4s }',
    `providers: [{ name: echo, baseUrl: "${await model.listen()}", model: echo }]`,
    'coordinator: { arms: { npc: { prior: 0.5 } } }',
  ].join('\n');
  const host = new Host({ config });
  try {
    const api = await host.up();
    const session = await api.session('ann');
    const { agentPid } = (await api.get(`/api/session/${session}`)).body.session;
    const first = await api.post(`/api/session/${session}/turns`, { text: `one ${'and more '.repeat(20)}` });
    const second = await api.post(`/api/session/${session}/turns`, { text: 'five six' });
    await until('the first words', async () => (await readTurn(api, first.body.turnId))?.text.startsWith('one'));
    process.kill(agentPid, 'SIGSTOP');
    expect(await api.turn(first.body.turnId)).toMatchObject({ status: 'failed', text: expect.stringContaining('one'), error: { code: 'timeout' } });
    expect(await api.turn(second.body.turnId)).toMatchObject({ status: 'done', text: 'five six' });
    await until('the frozen agent to be gone', () => !processesHolding(host.dataDir).includes(agentPid));
    await until('another agent to be ready', async () => {
      const now = (await api.get(`/api/session/${session}`)).body.session;
      return now.status === 'ready' && now.agentPid !== agentPid;
    });
  } finally {
    await host.dispose();
    model.close();
  }
});
