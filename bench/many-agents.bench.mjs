import { readFileSync } from 'node:fs';
import { Queue, QueueEvents } from 'bullmq';
import { Redis } from 'ioredis';
import { end, firstMessage, program, startForked } from './lib/children.mjs';
import { median, percentile } from './lib/numbers.mjs';
import { startRedis } from './lib/redis.mjs';
import { atMost, benchmark, row } from './lib/report.mjs';
import { startHost } from './lib/roost.mjs';
import { sleep, timed, until } from './lib/wait.mjs';

const agents = 100;
const talking = 50;
const turns = Number(process.env.BENCH_ROUNDS ?? 4);
const warmUps = 6;
const thinkMs = 3_000;
const talkMs = 30_000;
const jobOptions = { removeOnComplete: { count: 1_000 }, attempts: 3 };
const mega = 1024;

const memoryOf = (pid) => {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const of = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) / mega;
  return { resident: of('Rss'), proportional: of('Pss') };
};

await benchmark(import.meta.filename, `${agents} live agents, ${talking} sessions talking at once`, async () => {
  const redis = await startRedis();
  const worker = startForked(program('queue-worker'), [redis.path, 'bench', 'bare', String(talking), 'nothing']);
  await firstMessage(worker, (message) => message.type === 'ready');
  const connect = () => new Redis({ path: redis.path, maxRetriesPerRequest: null });
  const queue = new Queue('bare', { connection: connect(), prefix: 'bench:bull' });
  const events = new QueueEvents('bare', { connection: connect(), prefix: 'bench:bull' });
  await events.waitUntilReady();
  queue.setMaxListeners(0);
  events.setMaxListeners(0);
  const host = await startHost(`pool: { size: ${agents}, capacity: 400, memoryBudget: 16GB, spawnConcurrency: 8 }\nsessions: { startsPerMinute: 10000 }\n`);
  const pool = await until(
    '100 warm agents',
    async () => {
      const view = await host.http.get('/api/pool');
      return view.ready >= agents ? view : undefined;
    },
    { everyMs: 100, deadlineMs: 100_000 },
  );
  await sleep(3_000);
  const idle = pool.slots.map(({ pid }) => memoryOf(pid));

  const sessions = [];
  for (let n = 0; n < talking; n++) sessions.push((await host.http.post('/api/session/start', { userId: `user-${n}`, tier: 'pro' })).sessionId);
  const turn = async (id, text, overheads) => {
    let ended;
    const tookMs = await timed(async () => {
      const { turnId } = await host.http.post(`/api/session/${id}/turns`, { text });
      ended = await host.http.turnEnd(turnId);
    });
    overheads.push(tookMs - (ended.timings.agentMs ?? 0));
  };

  const bursts = [];
  const jobs = [];
  for (let round = -warmUps; round < turns; round++) {
    await sleep(300);
    const bare = await Promise.all(
      sessions.map(() => timed(async () => (await queue.add('turn', { text: 'x' }, jobOptions)).waitUntilFinished(events, 10_000))),
    );
    const overheads = [];
    await Promise.all(sessions.map((id) => turn(id, `${Math.abs(round)} * 7`, overheads)));
    if (round < 0) continue;
    jobs.push(...bare);
    bursts.push(...overheads);
  }

  /** Everyone asks, reads the answer, thinks and asks again. */
  const talk = [];
  const endMs = performance.now() + talkMs;
  await Promise.all(
    sessions.map(async (id) => {
      for (;;) {
        await sleep(-Math.log(1 - Math.random()) * thinkMs);
        if (performance.now() > endMs) return;
        await turn(id, `${talk.length} * 7`, talk);
      }
    }),
  );
  await host.stop();
  await events.close();
  await queue.close();
  await end(worker);
  await redis.stop();
  const of = (name) => idle.map((one) => one[name]);
  return {
    rows: [
      row('agent, resident', 'MB', null, median(of('resident')), { n: idle.length }),
      row('agent, shared pages divided (PSS)', 'MB', null, median(of('proportional')), { aim: atMost(45), n: idle.length }),
      row(
        '100 agents together (PSS)',
        'MB',
        null,
        of('proportional').reduce((sum, mb) => sum + mb, 0),
        { n: idle.length },
      ),
      row(`turn overhead, ${talking} sessions talking, p50`, 'ms', null, median(talk), { n: talk.length }),
      row(`turn overhead, ${talking} sessions talking, p99`, 'ms', null, percentile(talk, 0.99), { aim: atMost(15), n: talk.length }),
      row(`${talking} turns at the same moment, overhead p50, against as many BullMQ jobs that do nothing`, 'ms', median(jobs), median(bursts), {
        n: bursts.length,
      }),
      row('the same, p99', 'ms', percentile(jobs, 0.99), percentile(bursts, 0.99), { n: bursts.length }),
    ],
    notes: [
      'Overhead is the time from the request to the last event of its stream, less the agent’s own time.',
      `Talking: each session asks, reads the answer, thinks for ${thinkMs / 1_000} s on average (by chance) and asks again; ${((talk.length / talkMs) * 1_000) | 0} turns a second.`,
    ],
    details: { idle, talk, bursts, jobs },
  };
});
