import { z } from 'zod';
import type { Transport } from '../../contract/transport.js';

/** What the preload of the desktop app puts on `window`; nothing of Electron itself. */
export interface DesktopDoor {
  readonly door: 'desktop';
  readonly platform: string;
  /** Asks the app for a fresh port; it arrives as a window message of type `roost-port`. */
  requestPort(): void;
}

declare global {
  interface Window {
    readonly roostDesktop?: DesktopDoor;
  }
}

const portMessageSchema = z.object({ type: z.literal('roost-port') });

/** A port that came when nobody waited any more; the app posts the next one only after this one is closed. */
let spare: MessagePort | undefined;
let take: ((port: MessagePort) => void) | undefined;
let listening = false;

function onMessage(event: MessageEvent): void {
  const port = event.ports[0];
  // Only this window itself (the preload) may hand in a port: never a frame, never another window.
  if (event.source !== window || port === undefined || !portMessageSchema.safeParse(event.data).success) return;
  if (take !== undefined) {
    take(port);
    return;
  }
  spare = port;
  port.addEventListener('close', () => {
    if (spare === port) spare = undefined;
  });
}

/** Resolves with a transport over the port that the preload hands in. */
export function openPort(desktop: DesktopDoor, signal: AbortSignal): Promise<Transport> {
  if (!listening) window.addEventListener('message', onMessage);
  listening = true;
  return new Promise((resolve, reject) => {
    const accept = (port: MessagePort): void => {
      take = undefined;
      spare = undefined;
      signal.removeEventListener('abort', onAbort);
      resolve(transportOf(port));
    };
    const onAbort = (): void => {
      take = undefined;
      reject(new Error('Roost did not hand over its connection.'));
    };
    if (spare !== undefined) return accept(spare);
    take = accept;
    signal.addEventListener('abort', onAbort, { once: true });
    desktop.requestPort();
  });
}

function transportOf(port: MessagePort): Transport {
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
  port.addEventListener('message', (event) => {
    if (typeof event.data !== 'string') return;
    for (const listener of listeners) listener(event.data);
  });
  port.addEventListener('close', () => finish('Roost closed the connection.'));
  port.start();
  return {
    send: (text) => {
      if (!closed) port.postMessage(text);
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
      port.close();
      finish(reason);
    },
    bufferedBytes: () => 0,
  };
}
