import { MessageChannelMain, type WebContents } from 'electron';
import type { Transport } from '../contract/transport.js';
import type { Clock, Timer } from '../core/base/clock.js';
import type { Log } from '../core/base/log.js';
import type { ServedClient } from '../supervisor/state/client-link.js';
import { isOwnPage } from './navigation.js';
import { PortTransport } from './port-transport.js';

/** Long enough that a screen which closes at once cannot make a busy loop. */
const reofferAfterMs = 250;
/** A page that took its channel says hello at once; a channel nobody took (the page gave up waiting just then) is replaced. */
const silentMs = 10_000;

/**
 * Gives the window's page its way to the core: one end of a fresh message channel, posted by main to its
 * own main frame. The page cannot ask for anything: there is no handler on this side. While the page
 * lives there is always one open channel; when it ends (a slow or confused screen was cut) a new one follows.
 */
export class RendererLink {
  readonly #contents: WebContents;
  readonly #serve: (transport: Transport) => ServedClient;
  readonly #clock: Clock;
  readonly #log: Log;
  #current: PortTransport | undefined;
  #client: ServedClient | undefined;
  #shown = true;
  #retry: Timer | undefined;
  #silence: Timer | undefined;

  constructor(options: { readonly contents: WebContents; readonly serve: (transport: Transport) => ServedClient; readonly clock: Clock; readonly log: Log }) {
    this.#contents = options.contents;
    this.#serve = options.serve;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  start(): void {
    // Committed, not merely started: a navigation that is refused leaves the page and its channel as they are.
    this.#contents.on('did-navigate', () => this.#drop('the page was replaced'));
    this.#contents.on('did-finish-load', () => this.#offer());
    this.#contents.on('render-process-gone', () => this.#drop('the screen process ended'));
    // What is sent to a page that reads nothing would pile up in memory.
    this.#contents.on('unresponsive', () => this.#drop('the screen hangs'));
    this.#contents.on('responsive', () => this.#offer());
    this.#contents.on('destroyed', () => this.#drop('the window closed'));
  }

  stop(): void {
    this.#drop('Roost is stopping');
  }

  /** Whether the window is on a screen: the page of a hidden one goes on living. */
  shown(shown: boolean): void {
    this.#shown = shown;
    this.#client?.shown(shown);
  }

  #offer(): void {
    this.#drop('a new channel replaces this one');
    if (this.#contents.isDestroyed()) return;
    const frame = this.#contents.mainFrame;
    if (!isOwnPage(frame.url)) {
      this.#log.warn('no channel for a page that is not ours', { url: frame.url.slice(0, 200) });
      return;
    }
    const channel = new MessageChannelMain();
    const transport = new PortTransport(channel.port1);
    this.#current = transport;
    this.#client = this.#serve(transport);
    this.#client.shown(this.#shown);
    this.#silence = this.#clock.after(silentMs, () => transport.close('nobody took this channel'));
    transport.onMessage(() => this.#silence?.cancel());
    transport.onClose(() => {
      if (this.#current !== transport) return;
      this.#current = undefined;
      this.#silence?.cancel();
      this.#retry = this.#clock.after(reofferAfterMs, () => this.#offer());
    });
    frame.postMessage('roost-port', null, [channel.port2]);
  }

  #drop(reason: string): void {
    this.#retry?.cancel();
    this.#retry = undefined;
    this.#silence?.cancel();
    const transport = this.#current;
    this.#current = undefined;
    transport?.close(reason);
  }
}
