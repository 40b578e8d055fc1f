import { connect, createServer } from 'node:net';
import { RoostError } from '../../contract/errors.js';

/** Where the server listens: a unix socket in a private directory where the system allows it, else loopback. */
export type Listen = { readonly path: string } | { readonly port: number };

/** `sun_path` holds 104 bytes on macOS and 108 on Linux, the closing NUL included. */
const maxSocketPathBytes = 100;

export function canUseSocket(platform: NodeJS.Platform, path: string): boolean {
  return platform !== 'win32' && Buffer.byteLength(path) <= maxSocketPathBytes;
}

/** The socket, or else the port of last time, so that connections find back; another port when somebody took it meanwhile. */
export async function chooseListen(platform: NodeJS.Platform, path: string, previous: Listen | undefined): Promise<Listen> {
  if (!canUseSocket(platform, path)) {
    const wanted = previous !== undefined && 'port' in previous ? previous.port : 0;
    return { port: await freePort(wanted).catch(() => freePort(0)) };
  }
  // A new server takes over the path of one that still lives, and then both would write the same files.
  if (await accepts(path)) throw new RoostError('already-running', `Another Redis server still runs on ${path} with the data of this directory.`);
  return { path };
}

function freePort(wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen({ host: '127.0.0.1', port: wanted, exclusive: true }, () => {
      const address = server.address();
      server.close(() => (address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('the system named no port'))));
    });
  });
}

/** A local socket answers at once, also when the process behind it hangs. */
function accepts(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true)).once('error', () => end(false));
  });
}
