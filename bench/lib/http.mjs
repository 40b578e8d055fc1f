import { Agent, request } from 'node:http';

/** A client that keeps its connections, as any program that calls often does. */
export class HttpClient {
  #agent = new Agent({ keepAlive: true, maxSockets: 120 });
  #url;
  #token;

  /** @param {string} url @param {string} [token] */
  constructor(url, token) {
    this.#url = url;
    this.#token = token;
  }

  #send(method, path, body) {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
      ...(text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
    };
    return new Promise((resolve, reject) => {
      const sent = request(new URL(path, this.#url), { method, headers, agent: this.#agent, timeout: 30_000 }, resolve);
      sent.once('error', reject);
      sent.once('timeout', () => sent.destroy(new Error(`${method} ${path} gave no answer in 30 s`)));
      sent.end(text);
    });
  }

  /** The parsed body; throws for anything but a 2xx answer. */
  async call(method, path, body) {
    const response = await this.#send(method, path, body);
    response.setEncoding('utf8');
    let text = '';
    for await (const chunk of response) text += chunk;
    if (response.statusCode >= 300) throw new Error(`${method} ${path}: ${response.statusCode} ${text.slice(0, 300)}`);
    return JSON.parse(text);
  }

  /** The body as it is. @param {string} path */
  async text(path) {
    const response = await this.#send('GET', path);
    response.setEncoding('utf8');
    let text = '';
    for await (const chunk of response) text += chunk;
    if (response.statusCode >= 300) throw new Error(`GET ${path}: ${response.statusCode}`);
    return text;
  }

  get = (path) => this.call('GET', path);
  post = (path, body = {}) => this.call('POST', path, body);

  /** Follows the event stream of a turn to its end; resolves with the ended turn. @param {string} turnId */
  async turnEnd(turnId) {
    const response = await this.#send('GET', `/api/turns/${turnId}/events`);
    if (response.statusCode !== 200) throw new Error(`the events of ${turnId}: ${response.statusCode}`);
    response.setEncoding('utf8');
    return new Promise((resolve, reject) => {
      let rest = '';
      response.on('data', (chunk) => {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          if (!line.startsWith('data: ')) continue;
          const { status, turn } = JSON.parse(line.slice(6));
          if (status === 'done') resolve(turn);
          else if (status === 'failed' || status === 'cancelled') reject(new Error(`turn ${turnId} ${status}: ${turn.error?.message}`));
        }
      });
      response.on('error', reject);
      response.on('end', () => reject(new Error(`the events of ${turnId} ended without an end of the turn`)));
    });
  }

  close() {
    this.#agent.destroy();
  }
}
