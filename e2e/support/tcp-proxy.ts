import { connect, createServer, type NetConnectOpts, type Server, type Socket } from 'node:net';

/** How the network between two programs behaves at a moment. */
export interface Weather {
  /** Each piece is kept so long, plus chance up to `jitterMs`. */
  readonly delayMs: number;
  readonly jitterMs: number;
  /** Bytes of one piece; the server sees commands in crumbs. */
  readonly sliceBytes: number;
  /** Takes everything, gives nothing and says nothing: a cable that was pulled. */
  readonly blackHole: boolean;
}

export const fair: Weather = { delayMs: 0, jitterMs: 0, sliceBytes: Number.POSITIVE_INFINITY, blackHole: false };

/** A bad network in front of a server, as a TCP proxy: late, in crumbs, cut off or swallowed. The order of bytes stays. */
export class TcpProxy {
  weather: Weather = fair;
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  readonly #near = new Set<Socket>();
  readonly #random: () => number;
  port = 0;

  constructor(options: { readonly to: NetConnectOpts; readonly random: () => number }) {
    this.#random = options.random;
    this.#server = createServer((near) => {
      const far = connect(options.to).setNoDelay();
      near.setNoDelay();
      this.#near.add(near);
      near.on('close', () => this.#near.delete(near));
      for (const socket of [near, far]) {
        this.#open.add(socket);
        socket.on('close', () => this.#open.delete(socket)).on('error', () => undefined);
      }
      this.#carry(near, far);
      this.#carry(far, near);
    });
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.port = (this.#server.address() as { port: number }).port;
  }

  get connections(): number {
    return this.#near.size;
  }

  /** RST on every connection, in the middle of whatever is said. */
  resetAll(): void {
    for (const socket of this.#near) socket.resetAndDestroy();
  }

  /** The server is gone: its connections are cut, new ones are refused. */
  async leave(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#open) socket.destroy();
    await closed;
  }

  /** At the same port. */
  async comeBack(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.port, '127.0.0.1', resolve));
  }

  close(): void {
    for (const socket of this.#open) socket.destroy();
    this.#server.close();
  }

  #carry(from: Socket, to: Socket): void {
    let last = Promise.resolve();
    from.on('data', (bytes) => {
      // Pulled cables lose what is on the way; the connection itself knows nothing of it.
      if (this.weather.blackHole) return;
      const { delayMs, jitterMs, sliceBytes } = this.weather;
      const due = delayMs + this.#random() * jitterMs;
      if (due === 0 && bytes.length <= sliceBytes) {
        last = last.then(() => void to.write(bytes));
        return;
      }
      last = Promise.all([last, new Promise((resolve) => setTimeout(resolve, due))]).then(() => {
        for (let at = 0; at < bytes.length; at += sliceBytes) to.write(bytes.subarray(at, Math.min(bytes.length, at + sliceBytes)));
      });
    });
    from.on('end', () => void last.then(() => to.end()));
    from.on('close', () => void last.then(() => to.destroy()));
  }
}
