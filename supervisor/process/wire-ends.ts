import { Emitter } from '../../core/base/emitter.js';

export interface WireClosed {
  readonly kind: 'ended' | 'violation';
  readonly message: string;
}

/** More than any handshake needs before its owner listens. */
const keptBeforeListener = 256;

/** The receiving half that both wires share: early messages wait for the first listener, and closing is told once. */
export class WireEnds {
  readonly #messages: Emitter<unknown>;
  readonly #closes: Emitter<WireClosed>;
  #early: unknown[] | null = [];
  #closed: WireClosed | null = null;

  constructor(onListenerError: (error: unknown) => void) {
    this.#messages = new Emitter(onListenerError);
    this.#closes = new Emitter(onListenerError);
  }

  get closed(): WireClosed | null {
    return this.#closed;
  }

  deliver(message: unknown): void {
    if (this.#closed !== null) return;
    if (this.#early === null) this.#messages.emit(message);
    else if (this.#early.length < keptBeforeListener) this.#early.push(message);
    else this.close({ kind: 'violation', message: `more than ${keptBeforeListener} messages before anyone listened` });
  }

  /** False when it was closed before: the first reason stands. */
  close(reason: WireClosed): boolean {
    if (this.#closed !== null) return false;
    this.#closed = reason;
    this.#closes.emit(reason);
    return true;
  }

  onMessage(listener: (message: unknown) => void): () => void {
    const off = this.#messages.on(listener);
    const early = this.#early;
    this.#early = null;
    // Later, as an ordinary message would come: nobody expects a call from inside a registration.
    if (early !== null && early.length > 0)
      queueMicrotask(() => {
        for (const message of early) this.#messages.emit(message);
      });
    return off;
  }

  onClose(listener: (reason: WireClosed) => void): () => void {
    const closed = this.#closed;
    if (closed === null) return this.#closes.on(listener);
    let wanted = true;
    queueMicrotask(() => wanted && listener(closed));
    return () => {
      wanted = false;
    };
  }
}
