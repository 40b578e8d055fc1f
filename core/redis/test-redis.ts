import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RedisAddress } from '../../contract/messages.js';
import { systemClock } from '../base/clock.js';
import { silentLog } from '../base/log.js';
import { connect, whenReady } from './connection.js';

/** A private real Redis for one test file: in memory, on a socket in its own directory. */
export interface TestRedis {
  readonly address: RedisAddress;
  readonly dir: string;
  readonly pid: number;
  /** Ends the server and removes its directory. Idempotent. */
  stop(): Promise<void>;
  /** SIGKILL, as a crash: nothing is saved and the directory stays until `stop`. */
  kill(): void;
}

const startDeadlineMs = 60_000;

export async function startTestRedis(): Promise<TestRedis> {
  const dir = await mkdtemp(join(tmpdir(), 'roost-redis-'));
  const path = join(dir, 's');
  const binary = process.env['ROOST_REDIS_SERVER'] ?? 'redis-server';
  const child = spawn(
    binary,
    ['--port', '0', '--unixsocket', path, '--save', '', '--appendonly', 'no', '--maxmemory-policy', 'noeviction', '--dir', dir, '--daemonize', 'no'],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  const keep = (chunk: Buffer | string): void => {
    output = (output + chunk.toString()).slice(-4_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  let gone = false;
  const exited = new Promise<void>((resolve) => {
    const end = (): void => {
      gone = true;
      resolve();
    };
    child.on('error', (error) => {
      keep(error.message);
      end();
    });
    child.on('exit', end);
  });
  const kill = (): void => void (gone || child.kill('SIGKILL'));
  // A test run that is interrupted must not leave the server behind.
  process.once('exit', kill);

  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= (async () => {
      kill();
      await exited;
      process.off('exit', kill);
      await rm(dir, { recursive: true, force: true });
    })();
    return stopping;
  };

  const address: RedisAddress = { path };
  const probe = connect(address, 'calls', 'test-probe', silentLog);
  try {
    const giveUp = new AbortController();
    void exited.then(() => giveUp.abort());
    await whenReady(systemClock, probe, startDeadlineMs, giveUp.signal);
  } catch (error) {
    await stop();
    throw new Error(`${binary} did not start: ${output.trim()}`, { cause: error });
  } finally {
    probe.disconnect();
  }
  return { address, dir, pid: child.pid ?? 0, stop, kill };
}
