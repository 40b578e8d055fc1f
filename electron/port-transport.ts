import { maxClientFrameBytes } from '../contract/frames.js';
import type { Transport } from '../contract/transport.js';
import { Emitter } from '../core/base/emitter.js';

/** What is used of Electron's MessagePortMain. */
export interface Port {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (event: { readonly data: unknown }) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  start(): void;
  close(): void;
}

/** The protocol of frames over one end of a message channel to the screen. */
export class PortTransport implements Transport {
  readonly #port: Port;
  readonly #messages = new Emitter<string>();
  readonly #closes = new Emitter<string>();
  /** Frames that came before anyone listened; null once someone does. */
  #early: string[] | null = [];
  #closed = false;

  constructor(port: Port) {
    this.#port = port;
    port.on('message', (event) => this.#receive(event.data));
    port.on('close', () => this.#end('the other side closed'));
    port.start();
  }

  send(text: string): void {
    if (!this.#closed) this.#port.postMessage(text);
  }

  onMessage(listener: (text: string) => void): () => void {
    const off = this.#messages.on(listener);
    const early = this.#early ?? [];
    this.#early = null;
    for (const text of early) this.#messages.emit(text);
    return off;
  }

  onClose(listener: (reason: string) => void): () => void {
    return this.#closes.on(listener);
  }

  close(reason: string): void {
    if (this.#closed) return;
    this.#end(reason);
    this.#port.close();
  }

  /** A message port does not tell how much the other side has taken; a hung screen is cut by the renderer link instead. */
  bufferedBytes(): number {
    return 0;
  }

  #receive(data: unknown): void {
    if (this.#closed) return;
    // A UTF-16 unit is at most three bytes: counting exactly is needed only for long texts.
    if (typeof data !== 'string') this.close('a frame was not text');
    else if (data.length > maxClientFrameBytes || (data.length * 3 > maxClientFrameBytes && Buffer.byteLength(data) > maxClientFrameBytes))
      this.close('a frame was too long');
    else if (this.#early === null) this.#messages.emit(data);
    else this.#early.push(data);
  }

  #end(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#closes.emit(reason);
  }
}
