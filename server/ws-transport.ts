import type { WebSocket } from 'ws';
import type { Transport } from '../contract/transport.js';
import type { Clock } from '../core/base/clock.js';
import { Emitter } from '../core/base/emitter.js';
import { Scope } from '../core/base/scope.js';

const pingEveryMs = 15_000;
const maxFramesPerSecond = 200;
/** What a client may send before anybody listens. */
const maxHeldFrames = 64;
/** A peer that does not answer the closing handshake is dropped. */
const closeGraceMs = 1_000;

/** Close codes of RFC 6455 for the reasons a listener can give; the text travels with the code. */
const codes: Readonly<Record<string, number>> = {
  'slow-reader': 1008,
  'too-many-frames': 1008,
  'protocol-error': 1008,
  'protocol-mismatch': 1002,
  'binary-frame': 1003,
  'shutting-down': 1001,
};

/** Text frames over one WebSocket. Cuts peers that flood, send binary data or stop answering pings. */
export class WsTransport implements Transport {
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #messages = new Emitter<string>();
  readonly #closes = new Emitter<string>();
  readonly #scope: Scope;
  #held: string[] = [];
  #closed: string | undefined;
  #answered = true;
  #window = { startMs: 0, frames: 0 };

  constructor(socket: WebSocket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    this.#scope = new Scope(clock);
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('ping', () => this.#count());
    socket.on('pong', () => {
      this.#answered = true;
      this.#count();
    });
    // ws reports what the peer did wrong here and then closes with the right code itself.
    socket.on('error', () => undefined);
    socket.on('close', (code, reason) => this.#end(reason.toString() || `closed ${code}`));
    this.#scope.every('ping', pingEveryMs, () => this.#ping());
  }

  send(text: string): void {
    if (this.#closed === undefined) this.#socket.send(text, () => undefined);
  }

  onMessage(listener: (text: string) => void): () => void {
    const off = this.#messages.on(listener);
    const held = this.#held;
    this.#held = [];
    for (const text of held) this.#messages.emit(text);
    return off;
  }

  onClose(listener: (reason: string) => void): () => void {
    return this.#closes.on(listener);
  }

  close(reason: string): void {
    if (this.#closed !== undefined) return;
    this.#socket.close(codes[reason] ?? 1000, Buffer.from(reason).subarray(0, 120).toString().replaceAll('\uFFFD', ''));
    // Not kept in the scope: it must outlive the end of this transport, and it ends itself.
    this.#clock.after(closeGraceMs, () => this.#socket.terminate());
    this.#end(reason);
  }

  bufferedBytes(): number {
    return this.#closed === undefined ? this.#socket.bufferedAmount : 0;
  }

  #end(reason: string): void {
    if (this.#closed !== undefined) return;
    this.#closed = reason;
    this.#held = [];
    void this.#scope.close();
    this.#closes.emit(reason);
  }

  #receive(data: unknown, isBinary: boolean): void {
    if (this.#closed !== undefined || !this.#count()) return;
    const text = String(data);
    if (isBinary) this.close('binary-frame');
    else if (this.#messages.size > 0) this.#messages.emit(text);
    else if (this.#held.length < maxHeldFrames) this.#held.push(text);
    else this.close('too-many-frames');
  }

  /** Control frames count too: a flood of pings costs an answer each. */
  #count(): boolean {
    const nowMs = this.#clock.monoMs();
    if (nowMs - this.#window.startMs >= 1_000) this.#window = { startMs: nowMs, frames: 0 };
    this.#window.frames += 1;
    if (this.#window.frames <= maxFramesPerSecond) return true;
    this.close('too-many-frames');
    return false;
  }

  #ping(): void {
    if (!this.#answered) {
      this.#socket.terminate();
      this.#end('no answer to a ping');
      return;
    }
    this.#answered = false;
    this.#socket.ping(() => undefined);
  }
}
