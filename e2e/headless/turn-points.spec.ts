import { expect, test } from '@playwright/test';
import { type Point, points } from '../fixtures/dying/point-names.js';
import { DyingPrograms } from '../support/dying-programs.js';
import { EchoModel } from '../support/echo-model.js';
import { Host, type RestClient } from '../support/host.js';
import { until } from '../support/processes.js';

/** `npm run test:faults` takes a hundred. */
const sessionCount = Number(process.env['TURN_POINT_SESSIONS'] ?? 4);
const turnsEach = 2;
const atOnce = 20;

interface Told {
  readonly id: string;
  readonly prompt: string;
  readonly status: string;
  readonly text: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly reward: number | null;
  readonly suggestion: string | null;
  readonly error: unknown;
}

/** One session and what was acknowledged in it, remembered outside of Roost. */
interface Ledger {
  readonly session: string;
  readonly acked: string[];
  asked: number;
}

/** One that Redis took on too late was refused to its person, taken back and never ran. */
const takenBack = ({ prompt, status, text }: Told, acked: readonly string[]): boolean => !acked.includes(prompt) && status === 'cancelled' && text === '';

/** At which pass of a point to die. Only a turn behind which another one waits has a next one: on a quick machine those are few. */
const often = (point: Point): number => (point === 'archived' ? 1 : point === 'next-queued' ? Math.ceil(sessionCount / 20) : sessionCount);

async function inTurns<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const left = [...items];
  const one = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, one));
}

test.describe('Roost is killed at every point of a turn', () => {
  test.describe.configure({ mode: 'serial' });
  test.setTimeout(60_000 + sessionCount * 3_000);
  const model = new EchoModel({ wordMs: () => 1 });
  const ledgers: Ledger[] = [];
  let programs: DyingPrograms;
  let host: Host;
  let deaths = 0;

  test.beforeAll(async () => {
    const baseUrl = await model.listen();
    const config = [
      `pool: { capacity: ${sessionCount + 10}, size: 2, memoryBudget: 16GB }`,
      'sessions: { archiveAfterTurns: 5 }',
      'tiers: { pro: { turnsPerDay: 1000000 } }',
      // A worker renewed on the way would begin to count anew how often a point was passed.
      'workers: { turns: { queues: [turns, coach], recycleAfterJobs: 0 }, jobs: { queues: [governance, maintenance, analytics, analysis, trends] } }',
      `providers: [{ name: echo, baseUrl: "${baseUrl}", model: echo, ratePerMinute: 100000 }]`,
      'coordinator: { arms: { npc: { prior: 0.5 } } }',
    ].join('\n');
    programs = await DyingPrograms.build();
    host = new Host({ config, program: programs.headless, name: 'roost-points-' });
    const api = await host.up();
    await inTurns([...Array(sessionCount).keys()], async (n) => {
      const session = await api.session(`person-${n}`);
      ledgers.push({ session, acked: [], asked: 0 });
    });
    expect(await host.end('SIGTERM')).toBe(0);
  });

  test.afterAll(async () => {
    await host?.dispose();
    model.close();
    programs?.dispose();
  });

  async function ask(api: RestClient, ledger: Ledger): Promise<void> {
    const text = `question ${++ledger.asked} of ${ledger.session}`;
    const answer = await api.post(`/api/session/${ledger.session}/turns`, { text }).catch(() => undefined);
    if (answer?.status === 202) ledger.acked.push(text);
  }

  /** What was read; an answer of another kind is no answer, whatever it says. */
  async function read(api: RestClient, path: string) {
    const { status, body } = await api.get(path);
    if (status !== 200) throw new Error(`${path} was answered with ${status}: ${JSON.stringify(body)}`);
    return body;
  }

  /** Everything ever said in a session, the archive included. */
  async function said(api: RestClient, session: string): Promise<Told[]> {
    const all: Told[] = [];
    for (let before: number | undefined; before !== 0; ) {
      const body = await read(api, `/api/session/${session}/history?limit=100${before === undefined ? '' : `&before=${before}`}`);
      all.unshift(...body.turns);
      before = body.first;
    }
    return all;
  }

  /** The state of every session is that of its last acknowledged turn: nothing lost, nothing half, nothing out of order. */
  async function nothingIsHalf(api: RestClient): Promise<void> {
    await inTurns(ledgers, async ({ session, acked }) => {
      const where = `session ${session}`;
      const turns = await until(
        `${where} to be through`,
        async () => {
          const told = await said(api, session);
          return told.every(({ status }) => status === 'done' || status === 'failed' || status === 'cancelled') ? told : undefined;
        },
        60_000,
      );
      const ran = turns.filter((turn) => !takenBack(turn, acked));
      for (const { prompt, text, status, error } of ran)
        expect({ text, status, error }, `${where}: ${prompt}`).toEqual({ text: prompt, status: 'done', error: null });
      const prompts = turns.map(({ prompt }) => prompt);
      expect(
        prompts.filter((prompt) => acked.includes(prompt)),
        `${where} keeps what was acknowledged, in order`,
      ).toEqual(acked);
      // One whose answer was cut off may have been taken on; it stands once, where it was asked.
      expect(new Set(prompts).size, where).toBe(prompts.length);
      expect(prompts, where).toEqual([...prompts].sort((a, b) => Number(a.split(' ')[1]) - Number(b.split(' ')[1])));
      for (const [at, turn] of ran.entries()) if (at > 0) expect(turn.startedAt, `${where}: ${turn.prompt}`).toBeGreaterThanOrEqual(ran[at - 1]?.endedAt ?? 0);
      expect((await read(api, `/api/session/${session}`)).session.turns, where).toBe(turns.length);
      // Once, and once more for each death that found it in an agent's hands.
      for (const prompt of prompts) expect(model.asked(prompt), prompt).toBeLessThanOrEqual(2);
    });
  }

  async function walk(point: Point): Promise<void> {
    const api = await host.up();
    await nothingIsHalf(api);
    // In the midst of it: some turns are past the point, some before it.
    programs.dieAt(point, often(point));
    const gone = (): boolean => host.child?.signalCode === 'SIGKILL';
    // In the order in which a person asks: the next one when the last one was taken on.
    await inTurns(ledgers, async (ledger) => {
      for (let n = 0; n < turnsEach && !gone(); n++) await ask(api, ledger);
    });
    await until(`a death at ${point}`, gone, 30_000);
    deaths += 1;
  }

  for (const point of points) {
    test(`${point}: every session is where its last acknowledged turn was`, async () => {
      await walk(point);
    });
  }

  test('and nothing is missing, doubled or left over after all of them', async () => {
    const api = await host.up();
    await nothingIsHalf(api);
    for (const ledger of ledgers) await ask(api, ledger);
    await nothingIsHalf(api);
    const idle = async (): Promise<boolean> => {
      const { turns, coach } = (await api.get('/api/health')).body.queues;
      return [turns, coach].every(({ waiting, active, delayed }) => waiting + active + delayed === 0);
    };
    await until('empty queues', idle);
    const acked = ledgers.flatMap((ledger) => ledger.acked);
    const all = (await Promise.all(ledgers.map(({ session }) => said(api, session)))).flat();
    const ran = all.filter((turn) => !takenBack(turn, acked));
    // What is in the archive went there before its coach had spoken.
    const recent = (await Promise.all(ledgers.map(async ({ session }) => (await read(api, `/api/session/${session}/history?limit=3`)).turns))).flat();
    for (const turn of recent) if (!takenBack(turn, acked)) expect(turn.suggestion, turn.prompt).not.toBeNull();
    // A pull is a decision: one of each turn, however often its job began; one that was taken back may have had its own before.
    const { pulls } = (await api.get('/api/coordinator')).body;
    expect(pulls, 'each turn was decided once').toBeGreaterThanOrEqual(ran.length);
    expect(pulls, 'each turn was decided once').toBeLessThanOrEqual(all.length);
    // The oldest lies in the archive since a few deaths: a person may still say what they think of it.
    const { id } = (await said(api, ledgers[0]?.session ?? ''))[0] as Told;
    expect((await api.post(`/api/turns/${id}/feedback`, { rating: 5 })).body).toMatchObject({ success: true, recorded: true, counted: true, reward: 1 });
    expect((await api.get(`/api/turns/${id}`)).body.turn).toMatchObject({ id, rating: 5, reward: 1 });
    console.log(`turn points: ${deaths} deaths, ${all.length} turns of ${ledgers.length} sessions, lost 0`);
  });

  test('a worker that dies alone at its points loses nothing either', async () => {
    const { session } = ledgers[0] as Ledger;
    const api = host.client() as RestClient;
    // Two of its points: more deaths in a minute would rightly put it in quarantine.
    for (const point of ['running', 'ended'] as const) {
      const { pid } = await api.process('worker-turns');
      programs.dieAt(point, 1, 'one');
      const prompts = [`first words at ${point}`, `second words at ${point}`];
      const ids: string[] = [];
      for (const text of prompts) ids.push((await api.post(`/api/session/${session}/turns`, { text })).body.turnId);
      for (const [index, id] of ids.entries()) expect(await api.turn(id), point).toMatchObject({ status: 'done', text: prompts[index], error: null });
      await until(`another worker after ${point}`, async () => {
        const worker = await api.process('worker-turns');
        return worker.pid !== pid && worker.state === 'running';
      });
      for (const prompt of prompts) expect(model.asked(prompt), prompt).toBe(1);
    }
  });
});
