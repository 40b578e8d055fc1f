import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Queue, QueueEvents, Worker } from 'bullmq';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../core/base/clock.js';
import { silentLog } from '../../core/base/log.js';
import { call, connect, type Redis, whenReady } from '../../core/redis/connection.js';
import { adminUser, queueUser, redisConf } from './config.js';
import { untilServing } from './probe.js';

const secrets = { admin: randomBytes(32).toString('hex'), queue: randomBytes(32).toString('hex') };
const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('a server with this configuration', () => {
  let dir: string;
  let path: string;
  let server: ChildProcess;
  const address = (username: string, password: string) => ({ path, username, password });
  const opened: Redis[] = [];
  async function client(username: string, password: string): Promise<Redis> {
    const redis = connect(address(username, password), 'calls', 'test', silentLog);
    opened.push(redis);
    await whenReady(systemClock, redis, 30_000);
    return redis;
  }

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'roost ä\\b "q" '));
    path = join(dir, 's');
    await mkdir(join(dir, 'data ö'), { mode: 0o700 });
    const text = redisConf({
      listen: { path },
      dir: join(dir, 'data ö'),
      appendfsync: 'everysec',
      maxMemoryBytes: 64 * 1024 ** 2,
      flavour: 'redis',
      version: [7, 0, 15],
      adminHash: hash(secrets.admin),
      queueHash: hash(secrets.queue),
      nonceUser: 'roost-run-x',
      checker: false,
    });
    server = spawn(process.env['ROOST_REDIS_SERVER'] ?? 'redis-server', ['-'], { stdio: ['pipe', 'ignore', 'ignore'] });
    server.stdin?.end(text);
    await untilServing({
      clock: systemClock,
      address: address(adminUser, secrets.admin),
      nonceUser: 'roost-run-x',
      signal: AbortSignal.timeout(10_000),
      log: silentLog,
    });
  });
  afterAll(async () => {
    for (const redis of opened) redis.disconnect();
    const exited = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGKILL');
    await exited;
    await rm(dir, { recursive: true, force: true });
  });

  it('keeps its data and its socket where it was told, for its owner only', async () => {
    expect((await stat(path)).mode & 0o777).toBe(0o700);
    const admin = await client(adminUser, secrets.admin);
    expect(await admin.config('GET', 'dir')).toEqual(['dir', join(dir, 'data ö')]);
    expect(await admin.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
  });

  it('shows no password in its argv, and none in clear to anybody', async () => {
    const argv = await readFile(`/proc/${server.pid}/cmdline`, 'utf8').catch(() => '');
    const environment = await readFile(`/proc/${server.pid}/environ`, 'utf8').catch(() => '');
    const admin = await client(adminUser, secrets.admin);
    const told = [argv, environment, JSON.stringify(await admin.acl('LIST'))].join('\n');
    for (const password of Object.values(secrets)) expect(told).not.toContain(password);
  });

  it('refuses nobody, a wrong password and the default user', async () => {
    for (const [username, password] of [
      [queueUser, 'wrong'],
      ['default', secrets.admin],
    ] as const) {
      const redis = connect(address(username, password), 'calls', 'test', silentLog);
      opened.push(redis);
      await expect(whenReady(systemClock, redis, 400)).rejects.toMatchObject({ code: 'redis-unavailable', message: expect.stringContaining('WRONGPASS') });
    }
    const bare = connect({ path }, 'probe', 'test', silentLog);
    opened.push(bare);
    await expect(whenReady(systemClock, bare, 400).then(() => call(systemClock, bare.ping()))).rejects.toThrow(/NOAUTH/);
  });

  it('refuses the queue user everything that changes or ends the server', async () => {
    const redis = await client(queueUser, secrets.queue);
    const forbidden = [
      'CONFIG SET dir /tmp',
      'CONFIG GET *',
      'REPLICAOF 127.0.0.1 1',
      'MODULE LOAD /x.so',
      'DEBUG SLEEP 0',
      'FLUSHALL',
      'FLUSHDB',
      'KEYS *',
      'SHUTDOWN NOSAVE',
      'ACL LIST',
      'CLIENT KILL ID 1',
      'MONITOR',
      'SAVE',
      'BGSAVE',
      'BGREWRITEAOF',
      'SWAPDB 0 0',
      'MIGRATE 127.0.0.1 1 k 0 1',
    ];
    for (const line of forbidden) {
      const [command = '', ...args] = line.split(' ');
      await expect(redis.call(command, ...args), line).rejects.toThrow(/NOPERM|not allowed/);
    }
    const admin = await client(adminUser, secrets.admin);
    await expect(admin.call('CONFIG', 'SET', 'dir', '/tmp')).rejects.toThrow(/protected/);
    await expect(admin.call('DEBUG', 'SLEEP', '0')).rejects.toThrow(/not allowed/);
    await admin.call('ACL', 'LOG', 'RESET');
  });

  it('lets BullMQ do all its work as the queue user, without one denial', async () => {
    const admin = await client(adminUser, secrets.admin);
    await admin.call('ACL', 'LOG', 'RESET');
    const queue = new Queue('turns.n1', { connection: await client(queueUser, secrets.queue), prefix: 'roost:bull' });
    const events = new QueueEvents('turns.n1', { connection: await blocking(), prefix: 'roost:bull' });
    await events.waitUntilReady();
    const worker = new Worker(
      'turns.n1',
      async (job) => {
        await job.updateProgress(50);
        if (job.name === 'fails') throw new Error('on purpose');
        return 'done';
      },
      { connection: await blocking(), prefix: 'roost:bull', name: 'w' },
    );
    worker.on('error', () => undefined);
    const job = await queue.add('turn', {}, { jobId: 'a', attempts: 3, backoff: { type: 'exponential', delay: 5_000 } });
    expect(await job.waitUntilFinished(events, 5_000)).toBe('done');
    await queue.add('fails', {}, { jobId: 'b', attempts: 1, priority: 3 });
    await vi.waitFor(async () => expect(await queue.getJobState('b')).toBe('failed'), { timeout: 60_000 });
    await (await queue.getJob('b'))?.retry();
    await vi.waitFor(async () => expect(await queue.getJobState('b')).toBe('failed'), { timeout: 60_000 });
    expect(await queue.getWorkers()).toHaveLength(1);
    await queue.upsertJobScheduler('s', { every: 3_600_000 }, { name: 'turn' });
    await queue.removeJobScheduler('s');
    await queue.add('later', {}, { delay: 60_000, jobId: 'c' });
    await (await queue.getJob('c'))?.promote();
    await queue.pause();
    await queue.resume();
    await queue.clean(0, 100, 'completed');
    await queue.drain(true);
    await worker.close();
    await events.close();
    await queue.obliterate({ force: true });
    await queue.close();
    // Entries about logins come from clients of other tests that still try; this one is about rights.
    const denials = (await admin.call('ACL', 'LOG')) as readonly (readonly unknown[])[];
    expect(denials.filter((entry) => !entry.includes('auth'))).toEqual([]);
  });

  async function blocking(): Promise<Redis> {
    const redis = connect(address(queueUser, secrets.queue), 'blocking', 'test', silentLog);
    opened.push(redis);
    return redis;
  }
});
