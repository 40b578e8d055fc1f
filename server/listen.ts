import type { Server } from 'node:http';
import { RoostError } from '../contract/errors.js';
import type { Log } from '../core/base/log.js';

/** How many neighbours of the wished port are tried before the system picks one. */
const neighbours = 20;

export interface ListenOptions {
  readonly host: string;
  readonly port: number | 'auto';
  readonly log: Log;
  /** Who listens on a port and what to do about it; null when that cannot be known. */
  readonly portHolder: (port: number) => Promise<string | null>;
}

/** The ports to try in order; 0 lets the system choose a free one. */
export function portsToTry(wished: number | 'auto'): readonly number[] {
  if (wished === 'auto' || wished === 0) return [0];
  const next = Array.from({ length: neighbours }, (_, index) => wished + 1 + index).filter((port) => port <= 65_535);
  return [wished, ...next, 0];
}

function listenOn(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => {
      server.off('listening', opened);
      reject(error);
    };
    const opened = (): void => {
      server.off('error', failed);
      resolve();
    };
    server.once('error', failed);
    server.once('listening', opened);
    server.listen({ host, port, exclusive: true });
  });
}

/** Listens on the wished port or, when somebody has it, on the next free one; answers with who had it, null when it was free. */
export async function listen(server: Server, { host, port: wished, log, portHolder }: ListenOptions): Promise<string | null> {
  let taken: string | null = null;
  for (const port of portsToTry(wished)) {
    try {
      await listenOn(server, host, port);
      if (port !== wished && wished !== 'auto') log.warn('the wished port is taken: another one is used', { wished });
      return taken;
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === 'EADDRINUSE') {
        const holder = await portHolder(port).catch(() => null);
        const sentence = `port ${port} is taken by ${holder ?? 'another program'}`;
        if (port === wished) taken = sentence;
        log.warn(sentence, { port });
        continue;
      }
      if (code === 'EACCES' && port === wished)
        throw new RoostError('forbidden', `port ${port} needs more rights than this account has: choose one above 1023`, { cause });
      if (code === 'EADDRNOTAVAIL') throw new RoostError('config-invalid', `this machine has no address ${host}`, { cause });
      throw new RoostError('internal', `cannot listen on ${host} port ${port}: ${code ?? 'unknown error'}`, { cause });
    }
  }
  throw new RoostError('capacity', `no free port on ${host}`);
}
