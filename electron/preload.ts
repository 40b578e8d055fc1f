import { contextBridge, ipcRenderer } from 'electron';

/** The few things of the page's world that are needed here; this file alone runs beside a page. */
interface PageWindow {
  postMessage(message: unknown, targetOrigin: string, transfer: readonly unknown[]): void;
  readonly location: { readonly origin: string };
}
declare const window: PageWindow;

const ownOrigin = 'app://roost';

/** The newest channel main has posted and the page has not taken yet. */
let waiting: { close(): void } | undefined;
let wanted = false;

function hand(): void {
  if (!wanted || waiting === undefined) return;
  const port = waiting;
  waiting = undefined;
  wanted = false;
  // The page gets the bare port; the target origin keeps it from any other document that may have taken its place.
  window.postMessage({ type: 'roost-port' }, ownOrigin, [port]);
}

/** Asks for a channel to the core. It arrives as a window message `{ type: 'roost-port' }` with the port; ask again after it closed. */
function requestPort(): void {
  wanted = true;
  hand();
}

if (window.location.origin === ownOrigin) {
  ipcRenderer.on('roost-port', (event) => {
    waiting?.close();
    waiting = event.ports[0];
    hand();
  });
  contextBridge.exposeInMainWorld('roostDesktop', { door: 'desktop', platform: process.platform, requestPort });
}
