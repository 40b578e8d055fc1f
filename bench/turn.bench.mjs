import { Queue, QueueEvents } from 'bullmq';
import { Redis } from 'ioredis';
import { end, firstMessage, program, startForked } from './lib/children.mjs';
import { median, percentile, shown } from './lib/numbers.mjs';
import { startRedis } from './lib/redis.mjs';
import { benchmark, row } from './lib/report.mjs';
import { poolSettled, startHost } from './lib/roost.mjs';
import { sleep, timed, until } from './lib/wait.mjs';

const rounds = 200;
const warmUps = 30;
/** Long enough for the coach job that follows a turn, so that neither side runs beside the other's leftovers. */
const pauseMs = 25;

await benchmark(import.meta.filename, 'Turn over HTTP: POST to the last event', async () => {
  const redis = await startRedis();
  const worker = startForked(program('queue-worker'), [redis.path, 'bench', 'bare', '10', 'nothing']);
  await firstMessage(worker, (message) => message.type === 'ready');
  const connect = () => new Redis({ path: redis.path, maxRetriesPerRequest: null });
  const queue = new Queue('bare', { connection: connect(), prefix: 'bench:bull' });
  const events = new QueueEvents('bare', { connection: connect(), prefix: 'bench:bull' });
  await events.waitUntilReady();

  const host = await startHost();
  await until('a full pool', () => poolSettled(host.http, 3));
  const { sessionId } = await host.http.post('/api/session/start', { userId: 'bench', tier: 'pro' });
  await until('a full pool', async () => (await host.http.get('/api/pool')).ready === 3);

  const ended = [];
  const job = (i) =>
    timed(async () => {
      const added = await queue.add('turn', { text: `${i} * 7` }, { removeOnComplete: { count: 1_000 }, attempts: 3 });
      await added.waitUntilFinished(events, 10_000);
    });
  const turn = (i) =>
    timed(async () => {
      const { turnId } = await host.http.post(`/api/session/${sessionId}/turns`, { text: `${i} * 7` });
      ended.push(await host.http.turnEnd(turnId));
    });

  const times = { job: [], turn: [] };
  for (let i = -warmUps; i < rounds; i++) {
    await sleep(pauseMs);
    const jobMs = await job(Math.abs(i));
    await sleep(pauseMs);
    const turnMs = await turn(Math.abs(i));
    if (i < 0) continue;
    times.job.push(jobMs);
    times.turn.push(turnMs);
  }

  await host.stop();
  await events.close();
  await queue.close();
  await end(worker);
  await redis.stop();

  const step = (name) => shown(median(ended.slice(warmUps).map(({ timings }) => timings[name] ?? 0)));
  const p99 = (values) => percentile(values, 0.99);
  return {
    rows: [
      row('p50, against a bare BullMQ job that does nothing', 'ms', median(times.job), median(times.turn), { n: rounds }),
      row('p99, against the same', 'ms', p99(times.job), p99(times.turn), { n: rounds }),
    ],
    notes: [
      `Medians of the turn's own steps (whole milliseconds): queue ${step('queueMs')}, choose ${step('chooseMs')}, agent ${step('agentMs')}, total ${step('totalMs')}.`,
      'A turn also writes its record, picks an arm, asks an agent over its pipes, counts the reward and streams the answer; the bare job does none of it.',
    ],
    details: times,
  };
});
