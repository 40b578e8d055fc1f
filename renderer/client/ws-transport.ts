import type { Transport } from '../../contract/transport.js';

/** Close codes by which a host says "I do not know you": RFC 6455 policy violation, and the private one that mirrors HTTP 401. */
const signedOutCodes: ReadonlySet<number> = new Set([1008, 4401]);

export class SocketRefused extends Error {
  override readonly name = 'SocketRefused';
  readonly signedOut: boolean;
  constructor(message: string, signedOut: boolean) {
    super(message);
    this.signedOut = signedOut;
  }
}

/** Resolves with an open transport; a browser hides the HTTP status of a refused upgrade, so the caller has to find out why. */
export function openWebSocket(url: string, signal: AbortSignal): Promise<Transport> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    const abort = (): void => socket.close();
    signal.addEventListener('abort', abort, { once: true });
    socket.addEventListener(
      'close',
      (event) => {
        signal.removeEventListener('abort', abort);
        reject(new SocketRefused('Roost cannot be reached.', signedOutCodes.has(event.code)));
      },
      { once: true },
    );
    socket.addEventListener(
      'open',
      () => {
        signal.removeEventListener('abort', abort);
        resolve(transportOf(socket));
      },
      { once: true },
    );
  });
}

function transportOf(socket: WebSocket): Transport {
  const listeners = new Set<(text: string) => void>();
  const closers = new Set<(reason: string) => void>();
  let closed = false;
  const finish = (reason: string): void => {
    if (closed) return;
    closed = true;
    listeners.clear();
    for (const closer of closers) closer(reason);
    closers.clear();
  };
  socket.addEventListener('message', (event) => {
    if (typeof event.data !== 'string') return;
    for (const listener of listeners) listener(event.data);
  });
  socket.addEventListener('close', (event) => finish(event.reason === '' ? 'Roost closed the connection.' : event.reason));
  return {
    send: (text) => {
      if (!closed && socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    onMessage: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    onClose: (listener) => {
      closers.add(listener);
      return () => void closers.delete(listener);
    },
    close: (reason) => {
      socket.close(1000);
      finish(reason);
    },
    bufferedBytes: () => socket.bufferedAmount,
  };
}
