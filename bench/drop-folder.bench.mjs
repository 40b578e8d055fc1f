import { lstatSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { removeDir, tempDir } from './lib/children.mjs';
import { median, percentile, shown } from './lib/numbers.mjs';
import { startRedis } from './lib/redis.mjs';
import { atMost, benchmark, row } from './lib/report.mjs';
import { startHost } from './lib/roost.mjs';
import { timed, until } from './lib/wait.mjs';

const files = 10_000;
const aimMs = 30_000;
const batch = 100;

/** The least that has to be done: look at each file and add one job, a hundred at a time. */
async function bare(folder) {
  const redis = await startRedis();
  const connection = new Redis({ path: redis.path, maxRetriesPerRequest: null });
  connection.on('error', () => undefined);
  const queue = new Queue('bare', { connection, prefix: 'bench:bull' });
  queue.on('error', () => undefined);
  await queue.waitUntilReady();
  const tookMs = await timed(async () => {
    const names = readdirSync(folder);
    for (let at = 0; at < names.length; at += batch)
      await Promise.all(
        names.slice(at, at + batch).map((name) => queue.add('file', { path: join(folder, name) }, { jobId: `f${lstatSync(join(folder, name)).ino}` })),
      );
  });
  await queue.close();
  await redis.stop();
  return tookMs;
}

await benchmark(import.meta.filename, `Drop folder of ${files} files: from the last file written to the last job in line`, async () => {
  const folder = tempDir();
  const [filled, inbox] = [join(folder, 'filled'), join(folder, 'inbox')];
  mkdirSync(filled);
  for (let index = 0; index < files; index++) writeFileSync(join(filled, `item-${index}.txt`), `item ${index}`);
  const bareMs = await bare(filled);

  // Nobody consumes this queue: what is measured is the way into it.
  const host = await startHost(
    `pool: { size: 1 }\nqueues: { pile: {} }\nwatch:\n  inbox: { path: ${JSON.stringify(inbox)}, every: 2s, settle: 0s, queue: pile, handler: http, data: { url: 'http://127.0.0.1:9/{name}' } }\n`,
  );
  const view = async () => (await host.http.get('/api/watch')).watches[0];
  const answers = [];
  let watching = true;
  const asking = (async () => {
    while (watching) answers.push(await timed(() => host.http.get('/api/watch')));
  })();
  await until('a look at nothing', async () => (await view())?.state === 'problem');
  answers.splice(0);
  const tookMs = await timed(async () => {
    renameSync(filled, inbox);
    await until('every file queued', async () => (await view()).queued >= files, { deadlineMs: 60_000 });
  });
  const { queues } = await host.http.get('/api/queues');
  watching = false;
  await asking;
  writeFileSync(join(inbox, 'one-more.txt'), 'x');
  const latencyMs = await timed(() => until('the last one', async () => (await view()).queued === files + 1));
  await host.stop();
  removeDir(folder);
  const waiting = queues.pile.waiting;
  if (waiting !== files) throw new Error(`${waiting} jobs in line, not ${files}`);
  return {
    rows: [
      row('all queued once, from the moment they are there, against readdir, lstat and add', 'ms', bareMs, tookMs, { n: files, aim: atMost(aimMs) }),
      row('answer of the API meanwhile, p99', 'ms', null, percentile(answers, 0.99), { n: answers.length, aim: atMost(100) }),
      row('one more file, until it is queued (looks every 2 s)', 'ms', null, latencyMs, { n: 1 }),
    ],
    notes: [`Roost looks every 2 s, which is part of its time. Median answer of the API meanwhile ${shown(median(answers))} ms.`],
  };
});
