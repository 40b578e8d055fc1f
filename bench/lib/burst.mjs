import { connect } from 'node:net';

/**
 * Clients that cost next to nothing: open connections and requests made before, so that a burst
 * measures who answers and not who asks. HTTP/1.1 answers with a Content-Length only.
 */
export class BurstClient {
  #sockets;
  #url;
  #token;

  constructor(url, token, sockets) {
    this.#url = url;
    this.#token = token;
    this.#sockets = sockets;
  }

  /** @param {string} url @param {string | undefined} token @param {number} connections */
  static async open(url, token, connections) {
    const { hostname, port } = new URL(url);
    const opened = Array.from(
      { length: connections },
      () =>
        new Promise((resolve, reject) => {
          const socket = connect({ host: hostname, port: Number(port), noDelay: true }, () => resolve(socket));
          socket.once('error', reject);
        }),
    );
    return new BurstClient(url, token, await Promise.all(opened));
  }

  #bytes(path, body) {
    const text = JSON.stringify(body);
    const auth = this.#token === undefined ? '' : `authorization: Bearer ${this.#token}\r\n`;
    return Buffer.from(
      `POST ${path} HTTP/1.1\r\nhost: ${new URL(this.#url).host}\r\n${auth}content-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
    );
  }

  /** One request on one connection. @returns {Promise<{ tookMs: number, status: number, body: any }>} */
  #exchange(socket, bytes) {
    return new Promise((resolve, reject) => {
      const startMs = performance.now();
      let came = Buffer.alloc(0);
      const settle = (error, value) => {
        socket.off('data', onData).off('error', settle).off('close', onClose);
        if (error === null) resolve(value);
        else reject(error);
      };
      const onClose = () => settle(new Error('the connection was closed before the answer'));
      const onData = (chunk) => {
        came = came.length === 0 ? chunk : Buffer.concat([came, chunk]);
        const headEnd = came.indexOf('\r\n\r\n');
        if (headEnd < 0) return;
        const head = came.toString('latin1', 0, headEnd);
        const length = Number(/content-length: (\d+)/i.exec(head)?.[1]);
        if (came.length < headEnd + 4 + length) return;
        const tookMs = performance.now() - startMs;
        settle(null, { tookMs, status: Number(head.slice(9, 12)), body: JSON.parse(came.toString('utf8', headEnd + 4)) });
      };
      socket.on('data', onData).on('error', settle).on('close', onClose);
      socket.write(bytes);
    });
  }

  /** One request on each of the first connections, all at the same moment. @param {string} path @param {readonly object[]} bodies */
  atOnce(path, bodies) {
    const requests = bodies.map((body) => this.#bytes(path, body));
    return Promise.all(requests.map((bytes, n) => this.#exchange(this.#sockets[n], bytes)));
  }

  /** One request on one connection. @param {number} n of the connection @param {string} path @param {object} body */
  one(n, path, body) {
    return this.#exchange(this.#sockets[n], this.#bytes(path, body));
  }

  close() {
    for (const socket of this.#sockets) socket.destroy();
  }
}
