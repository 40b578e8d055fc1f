import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { RoostError } from '../contract/errors.js';
import { maxClientFrameBytes } from '../contract/frames.js';
import type { Clock } from '../core/base/clock.js';
import type { Log } from '../core/base/log.js';
import type { RoostCore } from '../supervisor/core.js';
import { serveClient } from '../supervisor/state/client-link.js';
import { socketPath } from './guard.js';
import { rawAnswer } from './status.js';
import { WsTransport } from './ws-transport.js';

const maxClients = 32;

export interface ScreenSocketsOptions {
  readonly core: RoostCore;
  readonly log: Log;
  readonly clock: Clock;
  /** Why this request may not open a socket; undefined when it may. */
  refusal(request: IncomingMessage): RoostError | undefined;
  /** The connection of this request is a screen's from now on. */
  upgraded(request: IncomingMessage): void;
}

/** The screens that are open over WebSockets, each served the state and its calls. */
export class ScreenSockets {
  readonly #options: ScreenSocketsOptions;
  readonly #clients = new Set<WsTransport>();
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxClientFrameBytes,
    perMessageDeflate: false,
    clientTracking: false,
    maxFragments: 256,
  });
  #closed = false;

  constructor(options: ScreenSocketsOptions) {
    this.#options = options;
  }

  /** For the server's `upgrade`: makes a screen of it, or answers why not and cuts. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => undefined);
    const error = this.#problem(request);
    if (error !== undefined) {
      this.#options.log.debug('refused', { zone: 'socket', code: error.code });
      socket.end(rawAnswer(error));
      this.#options.clock.after(1_000, () => socket.destroy());
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const { core, log, clock } = this.#options;
      const transport = new WsTransport(webSocket, clock);
      this.#options.upgraded(request);
      this.#clients.add(transport);
      transport.onClose(() => this.#clients.delete(transport));
      serveClient(transport, core, log.child('screen'), clock);
    });
  }

  /** Every screen is told that Roost is shutting down; none comes after. */
  close(): void {
    this.#closed = true;
    for (const client of [...this.#clients]) client.close('shutting-down');
  }

  #problem(request: IncomingMessage): RoostError | undefined {
    const refusal = this.#options.refusal(request);
    if (refusal !== undefined) return refusal;
    if (request.url !== socketPath) return new RoostError('not-found', `there is no WebSocket here: open ${socketPath}`);
    if (this.#closed) return new RoostError('shutting-down', 'Roost is shutting down');
    return this.#clients.size >= maxClients ? new RoostError('capacity', `${maxClients} screens are open: close one`) : undefined;
  }
}
