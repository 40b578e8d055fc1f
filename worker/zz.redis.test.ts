import { Queue, Worker } from 'bullmq';
import { it } from 'vitest';
import { configSchema } from '../contract/config.js';
import { silentLog } from '../core/base/log.js';
import { systemClock } from '../core/base/clock.js';
import { connect } from '../core/redis/connection.js';
import { startTestRedis } from '../core/redis/test-redis.js';
import { Consumers } from './consumers.js';
import { Deliveries } from './deliveries.js';
import { Slots } from './slots.js';
import { workerTuning, keepJobs } from '../core/jobs/queues.js';

it('bench', async () => {
  const server = await startTestRedis();
  const redis = connect(server.address, 'blocking', 'x', silentLog);
  const N = 4000;
  const run = async (kind: string) => {
    await redis.flushall();
    const q = new Queue('turns.n', { connection: redis, prefix: 'b:bull' });
    for (let i = 0; i < N; i += 500) await q.addBulk(Array.from({ length: 500 }, (_, k) => ({ name: 'canary', data: { nonce: `${i + k}`, queue: 'q' }, opts: { ...keepJobs } })));
    let stop: () => Promise<unknown>;
    const cpu = process.cpuUsage(); const start = performance.now();
    if (kind === 'bare') {
      const conn = connect(server.address, 'blocking', 'y', silentLog);
      const w = new Worker('turns.n', async (job) => { await conn.set('b:canary:q', job.data.nonce, 'PX', 120000); }, { connection: conn, prefix: 'b:bull', concurrency: 10, ...workerTuning });
      w.on('error', () => undefined);
      stop = async () => { await w.close(); conn.disconnect(); };
    } else {
      const c = new Consumers({ start: { type: 'start', incarnation: 1, worker: 'w', node: 'n', prefix: 'b', redis: server.address, queues: ['turns'], concurrency: 10, coordinator: configSchema.parse({}).coordinator, turnDeadlineMs: 1000 }, address: server.address, slots: new Slots(systemClock), deliveries: new Deliveries({ clock: systemClock, send: () => undefined }), send: () => undefined, clock: systemClock, random: Math.random, log: silentLog });
      await c.start();
      stop = () => c.finish();
    }
    for (;;) { const n = (await q.getJobCounts('waiting', 'active')); if ((n['waiting'] ?? 0) + (n['active'] ?? 0) === 0) break; await new Promise((r) => setTimeout(r, 5)); }
    const rate = N / ((performance.now() - start) / 1000); const used = process.cpuUsage(cpu);
    await stop();
    await q.close();
    return [rate, (used.user + used.system) / N];
  };
  const med = (v: number[]) => v.sort((a, b) => a - b)[Math.floor(v.length / 2)]!;
  await run('bare'); await run('ours');
  const rows: Record<string, number[][]> = { bare: [], ours: [] };
  for (let i = 0; i < 15; i++) for (const k of i % 2 ? ['bare', 'ours'] : ['ours', 'bare']) rows[k]!.push(await run(k));
  for (const k of ['bare', 'ours']) console.log('RES', k, 'jobs/s', Math.round(med(rows[k]!.map((r) => r[0]!))), 'cpu us/job', med(rows[k]!.map((r) => r[1]!)).toFixed(1));
  redis.disconnect();
  await server.stop();
}, 200000);
