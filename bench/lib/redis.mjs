import { createConnection } from 'node:net';
import { join } from 'node:path';
import { findRedis } from '../../scripts/lib/setup.mjs';
import { end, removeDir, start, tempDir } from './children.mjs';
import { sleep } from './wait.mjs';

const binary = findRedis();

/** The durability Roost gives its own Redis, without its users and passwords. */
const settings = (dir, path, port) => [
  ...['--port', String(port), '--bind', '127.0.0.1', '--unixsocket', path, '--dir', dir, '--daemonize', 'no', '--databases', '1'],
  ...['--appendonly', 'yes', '--appendfsync', 'everysec', '--no-appendfsync-on-rewrite', 'no', '--aof-use-rdb-preamble', 'yes'],
  ...['--auto-aof-rewrite-percentage', '100', '--auto-aof-rewrite-min-size', '64mb', '--save', '3600 1'],
  ...['--maxmemory', '512mb', '--maxmemory-policy', 'noeviction'],
];

/** One PING on a connection of its own; true for PONG. */
function answers(path) {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    const settle = (outcome) => {
      socket.destroy();
      resolve(outcome);
    };
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (reply) => settle(`${reply}`.startsWith('+PONG')));
    socket.once('error', () => settle(false));
  });
}

/** A bare redis-server; resolves at its first PONG. With a port it listens there as well. @param {{ port?: number }} [options] */
export async function startRedis({ port = 0 } = {}) {
  if (binary === undefined) throw new Error('no redis-server was found on PATH; the benchmarks need the program itself, an external server will not do');
  const dir = tempDir();
  const path = join(dir, 's');
  const child = start(binary, settings(dir, path, port), { stdio: 'ignore' });
  while (!(await answers(path))) {
    if (child.exitCode !== null) throw new Error(`${binary} ended with ${child.exitCode}`);
    await sleep(1);
  }
  return {
    path,
    pid: child.pid,
    stop: async () => {
      await end(child);
      removeDir(dir);
    },
  };
}
