import type { Transport } from '../../contract/transport.js';
import { SignedOut } from './connection.js';
import { openPort } from './port-transport.js';
import { isSignedOut } from './sign-in.js';
import { openWebSocket, SocketRefused } from './ws-transport.js';

/** The same screen behind both doors: a port from the desktop app, else the WebSocket of the page's own origin. */
export function openTransport(signal: AbortSignal): Promise<Transport> {
  const desktop = window.roostDesktop;
  return desktop === undefined ? openHeadless(signal) : openPort(desktop, signal);
}

async function openHeadless(signal: AbortSignal): Promise<Transport> {
  const url = new URL('/ws', window.location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  try {
    return await openWebSocket(url.href, signal);
  } catch (error) {
    if (error instanceof SocketRefused && (error.signedOut || (await isSignedOut(signal)))) throw new SignedOut();
    throw error;
  }
}
