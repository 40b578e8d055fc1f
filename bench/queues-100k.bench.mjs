import { createServer } from 'node:net';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { median, percentile, shown } from './lib/numbers.mjs';
import { startRedis } from './lib/redis.mjs';
import { atMost, benchmark, row } from './lib/report.mjs';
import { startHost } from './lib/roost.mjs';
import { timed, until } from './lib/wait.mjs';

const jobs = 100_000;
const batch = 5_000;
const rounds = 150;
const pageSize = 50;
const queueName = 'trends';

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/** Delay of the supervisor's event loop since the last scrape, 99th percentile. */
const lagMs = (text) => 1_000 * Number(/^roost_event_loop_lag_seconds ([\d.e+-]+)$/m.exec(text)?.[1] ?? Number.NaN);

await benchmark(import.meta.filename, `Queues with ${jobs.toLocaleString('en')} waiting jobs`, async () => {
  const port = await freePort();
  const redis = await startRedis({ port });
  const connection = new Redis({ path: redis.path, maxRetriesPerRequest: null });
  const queue = new Queue(queueName, { connection, prefix: 'roost:bull' });
  const host = await startHost(`pool: { size: 1 }\nredis: { mode: external, url: "redis://127.0.0.1:${port}" }\n`);
  const { http } = host;
  const metrics = async () => lagMs(await http.text('/metrics'));
  try {
    await http.post(`/api/queues/${queueName}/pause`);
    const page = (number) => http.get(`/api/queues/${queueName}/jobs?state=waiting&page=${number}&pageSize=${pageSize}`);
    /** What any program has to do for a page: the ids, then the hashes in one pipeline. */
    const bare = async (number) => {
      const first = (number - 1) * pageSize;
      const ids = await connection.lrange(queue.toKey('wait'), -first - pageSize, -first - 1);
      const pipeline = connection.pipeline();
      for (const id of ids) pipeline.hmget(queue.toKey(id), 'name', 'data', 'opts', 'timestamp', 'atm');
      await pipeline.exec();
    };
    await queue.addBulk(Array.from({ length: 100 }, (_, at) => ({ name: 'trend-scan', data: { at } })));
    for (let at = 0; at < 30; at++) await Promise.all([page(1), bare(1)]);
    const few = [];
    for (let at = 0; at < rounds; at++) few.push(await timed(() => page(1)));

    for (let added = 100; added < jobs; added += batch)
      await queue.addBulk(
        Array.from({ length: Math.min(batch, jobs - added) }, (_, at) => ({
          name: 'trend-scan',
          data: { feeds: [`https://example.org/feed/${added + at}`], limit: 20 },
        })),
      );
    await until('all of them to be seen', async () => (await http.get('/api/queues')).queues[queueName].waiting === jobs);
    await metrics();

    const pages = Math.ceil(jobs / pageSize);
    const times = { first: [], middle: [], last: [], any: [], bare: [], list: [], detail: [], search: [], one: [] };
    const { jobs: found } = await page(pages / 2);
    for (let at = 0; at < rounds; at++) {
      const anywhere = 1 + ((at * 7_919) % pages);
      times.bare.push(await timed(() => bare(anywhere)));
      times.any.push(await timed(() => page(anywhere)));
      times.first.push(await timed(() => page(1)));
      times.middle.push(await timed(() => page(pages / 2)));
      times.last.push(await timed(() => page(pages)));
      times.list.push(await timed(() => http.get('/api/queues')));
      times.detail.push(await timed(() => http.get(`/api/queues/${queueName}`)));
      times.one.push(await timed(() => http.get(`/api/jobs/${queueName}/${found[at % found.length].id}`)));
    }
    const pageLagMs = await metrics();
    /** To the very end, one answer after another, as the screen does. */
    let answers = 0;
    const searchMs = await timed(async () => {
      for (let from = 0; from !== null; answers++) {
        const startMs = performance.now();
        const { searched, jobs: hits } = await http.get(`/api/queues/${queueName}/jobs?state=waiting&search=feed%2F99999&from=${from}`);
        times.search.push(performance.now() - startMs);
        if (searched.next === null && hits.length !== 1) throw new Error('the search did not find the one job there is');
        from = searched.next;
      }
    });
    const searchLagMs = await metrics();
    const keysCalls = Number(/cmdstat_keys:calls=(\d+)/.exec(await connection.info('commandstats'))?.[1] ?? 0);

    const p99 = (values) => percentile(values, 0.99);
    const aim = atMost(100);
    return {
      rows: [
        row(`a page of ${pageSize} anywhere, p50, against the same reads by hand`, 'ms', median(times.bare), median(times.any), { n: rounds }),
        row('a page anywhere, p99, against the same', 'ms', p99(times.bare), p99(times.any), { aim, n: rounds }),
        row('the first page, p99, against a queue of 100', 'ms', p99(few), p99(times.first), { aim, n: rounds }),
        row('the page in the middle, p99', 'ms', null, p99(times.middle), { aim, n: rounds }),
        row('the last page, p99', 'ms', null, p99(times.last), { aim, n: rounds }),
        row('all queues with their figures, p99', 'ms', null, p99(times.list), { aim, n: rounds }),
        row('one queue with its totals, p99', 'ms', null, p99(times.detail), { aim, n: rounds }),
        row('one job, p99', 'ms', null, p99(times.one), { aim, n: rounds }),
        row('one answer of a search, p99', 'ms', null, p99(times.search), { aim, n: times.search.length }),
        row('a search through all of them, to the end', 'ms', null, searchMs, { n: 1 }),
        row('delay of the supervisor’s loop while pages are read, p99', 'ms', null, pageLagMs, { aim: atMost(50), n: 1 }),
        row('delay of the supervisor’s loop while all is searched, p99', 'ms', null, searchLagMs, { aim: atMost(50), n: 1 }),
        row('KEYS commands Redis has seen', '', null, keysCalls, { aim: atMost(0), n: 1 }),
      ],
      notes: [`The search took ${answers} answers; the slowest ${shown(Math.max(...times.search))} ms.`],
      details: { times },
    };
  } finally {
    await host.stop();
    await queue.close();
    connection.disconnect();
    await redis.stop();
  }
});
