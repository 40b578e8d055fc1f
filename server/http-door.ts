import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { RoostError } from '../contract/errors.js';
import type { Clock } from '../core/base/clock.js';
import { within } from '../core/base/deadline.js';
import type { Log } from '../core/base/log.js';
import type { RoostCore } from '../supervisor/core.js';
import { buildApi } from './api.js';
import { AttemptLock } from './attempt-lock.js';
import { allowedHosts, type GuardRules, judge, type Knock, type Verdict } from './guard.js';
import { listen } from './listen.js';
import { readScreenFiles, type ScreenFile } from './screen-files.js';
import { ScreenSockets } from './screen-sockets.js';
import { Secret } from './secret.js';
import { SignIn } from './sign-in.js';
import { defaultSeats, type Seats, SocketRoster } from './socket-roster.js';
import { malformedAnswer, refuse, tooLate } from './status.js';

export interface DoorTimes {
  readonly headersMs: number;
  readonly requestMs: number;
  /** What the header tells clients: so long they may use an idle connection again. */
  readonly keepAliveMs: number;
  /** How much longer it is really kept. */
  readonly idleMs: number;
  readonly checkEveryMs: number;
  readonly answerMs: number;
}
const defaultTimes: DoorTimes = { headersMs: 5_000, requestMs: 10_000, keepAliveMs: 5_000, idleMs: 60_000, checkEveryMs: 500, answerMs: 5_000 };

export interface HttpDoorOptions {
  readonly core: RoostCore;
  /** The bearer token of this run. */
  readonly token: string;
  readonly port: number | 'auto';
  readonly host: string;
  /** The built screen; without it only the API is served. */
  readonly rendererDir: string | undefined;
  readonly log: Log;
  readonly clock: Clock;
  readonly version: string;
  readonly times?: Partial<DoorTimes>;
  readonly seats?: Partial<Seats>;
}

/** The loopback listener: guard, REST, the screen's files and its WebSocket. */
export class HttpDoor {
  readonly #options: HttpDoorOptions;
  readonly #times: DoorTimes;
  readonly #token: Secret;
  readonly #signIn: SignIn;
  readonly #lock: AttemptLock;
  readonly #roster: SocketRoster;
  readonly #closing = new AbortController();
  readonly #screens: ScreenSockets;
  #app: FastifyInstance | undefined;
  #server: Server | undefined;
  #rules: GuardRules | undefined;
  #url: string | undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: HttpDoorOptions) {
    this.#options = options;
    this.#times = { ...defaultTimes, ...options.times };
    this.#token = new Secret(options.token);
    this.#signIn = new SignIn({ clock: options.clock, token: this.#token });
    this.#lock = new AttemptLock(options.clock);
    this.#roster = new SocketRoster({ clock: options.clock, ...defaultSeats, ...options.seats });
    this.#screens = new ScreenSockets({
      core: options.core,
      log: options.log,
      clock: options.clock,
      refusal: (request) => this.#upgradeRefusal(request),
      upgraded: (request) => this.#roster.upgraded(request.socket),
    });
  }

  get url(): string | undefined {
    return this.#url;
  }

  /** Opens the listener and answers its address, `http://127.0.0.1:PORT/`. A taken port is passed over and its owner named in the log. */
  async start(): Promise<string> {
    const { core, log, clock, version, host } = this.#options;
    const screen = await this.#readScreen();
    const app = buildApi({
      core,
      log,
      clock,
      version,
      screen,
      answerMs: this.#times.answerMs,
      closing: this.#closing.signal,
      makeServer: (handler) => this.#makeServer(handler),
      mintTicket: () => this.mintTicket(),
      signIn: (credential, request) => this.#exchange(credential, request),
    });
    this.#app = app;
    await app.ready();
    const server = this.#server;
    if (server === undefined) throw new Error('the router made no server');
    const taken = await listen(server, { host, port: this.#options.port, log, portHolder: (one) => core.portHolder(one) });
    const { port } = server.address() as AddressInfo;
    this.#rules = {
      hosts: allowedHosts(port),
      screenPaths: new Set(screen.keys()),
      cookieName: cookieName(port),
      tokenMatches: (candidate) => this.#token.matches(candidate),
      cookieMatches: (candidate) => this.#signIn.cookieMatches(candidate),
    };
    this.#url = `http://${host.includes(':') ? `[${host}]` : host}:${port}/`;
    log.info('listening', { url: this.#url });
    core.apiOpened(this.#url, taken === null ? null : `The wished ${taken}. The API listens on port ${port} instead, until the next start.`);
    return this.#url;
  }

  /** A sign-in link; the ticket sits in the fragment, which a browser never sends. */
  mintTicket(): { readonly ticket: string; readonly url: string } {
    const ticket = this.#signIn.mintTicket();
    return { ticket, url: `${this.#url ?? ''}#ticket=${ticket}` };
  }

  /** Refuses new connections at once, lets answers in flight finish within `deadlineMs`, then cuts what is left. */
  stop(deadlineMs: number): Promise<void> {
    this.#stopping ??= this.#stop(deadlineMs);
    return this.#stopping;
  }

  async #stop(deadlineMs: number): Promise<void> {
    this.#options.core.apiOpened(null);
    this.#closing.abort(new RoostError('shutting-down', 'Roost is shutting down'));
    this.#screens.close();
    const server = this.#server;
    if (server === undefined) return;
    const closed = server.listening ? new Promise<void>((resolve) => server.close(() => resolve())) : Promise.resolve();
    server.closeIdleConnections();
    const outcome = await within(this.#options.clock, deadlineMs, closed);
    if (outcome.kind !== 'done') this.#options.log.warn('connections cut at the deadline', { count: this.#roster.size });
    this.#roster.destroyAll();
    await this.#app?.close().catch((error: unknown) => this.#options.log.warn('closing the router failed', { error }));
  }

  async #readScreen(): Promise<ReadonlyMap<string, ScreenFile>> {
    const { rendererDir, log } = this.#options;
    if (rendererDir === undefined) return new Map();
    try {
      return await readScreenFiles(rendererDir);
    } catch (error) {
      log.warn('the screen is not there: only the API is served', { rendererDir, error });
      return new Map();
    }
  }

  #makeServer(handler: (request: IncomingMessage, response: ServerResponse) => void): Server {
    const times = this.#times;
    const server = createServer(
      {
        headersTimeout: times.headersMs,
        requestTimeout: times.requestMs,
        keepAliveTimeout: times.keepAliveMs,
        connectionsCheckingInterval: times.checkEveryMs,
        maxHeaderSize: 16_384,
        noDelay: true,
      },
      (request, response) => {
        this.#roster.requestStarted(request.socket, request);
        response.once('close', () => this.#roster.requestEnded(request.socket));
        const verdict = this.#judge(request, 'request');
        if (verdict.allow) {
          this.#roster.known(request.socket);
          return handler(request, response);
        }
        this.#options.log.debug('refused', { zone: verdict.zone, code: verdict.error.code });
        if (!this.#roster.seated(request.socket)) response.shouldKeepAlive = false;
        refuse(response, verdict.error);
      },
    );
    server.on('connection', (socket) => this.#roster.admit(socket));
    // Node would cut it a second after the time the header told, while a client that stood still for a moment is about to use it again.
    server.on('timeout', (socket) => (socket.timeout === times.idleMs ? this.#roster.leave(socket) : socket.setTimeout(times.idleMs)));
    server.on('upgrade', (request, socket, head) => this.#screens.upgrade(request, socket, head));
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      if (error.code === tooLate) this.#roster.unlessArrived(socket as Socket, () => this.#late(error, socket as Socket));
      else this.#malformed(error, socket);
    });
    this.#server = server;
    return server;
  }

  #judge(request: IncomingMessage, kind: Knock['kind']): Verdict {
    if (!this.#roster.seated(request.socket)) return { allow: false, zone: 'api', error: noSeat() };
    const knock: Knock = { kind, verb: request.method ?? '', target: request.url ?? '', rawHeaders: request.rawHeaders };
    if (this.#rules === undefined) return { allow: false, zone: 'api', error: new RoostError('shutting-down', 'Roost is starting') };
    return judge(knock, this.#rules);
  }

  #upgradeRefusal(request: IncomingMessage): RoostError | undefined {
    const verdict = this.#judge(request, 'upgrade');
    if (verdict.allow) return undefined;
    return verdict.error.code === 'unauthorized' ? this.#failedAttempt(request, verdict.error) : verdict.error;
  }

  /** All of loopback has few addresses: the claimed Origin tells a noisy page from our own. */
  #failedAttempt(request: IncomingMessage, error: RoostError): RoostError {
    const lockedMs = this.#lock.failed(`${request.socket.remoteAddress ?? ''} ${(request.headers.origin ?? '').slice(0, 100)}`);
    return lockedMs === 0 ? error : new RoostError('rate-limited', 'too many wrong sign-ins: wait and try again', { retryAfterMs: lockedMs });
  }

  #exchange(credential: { readonly ticket: string } | { readonly token: string }, request: IncomingMessage): string {
    try {
      const port = request.socket.localPort ?? 0;
      return `${cookieName(port)}=${this.#signIn.exchange(credential)}; Path=/; HttpOnly; SameSite=Strict`;
    } catch (error) {
      throw error instanceof RoostError && error.code === 'unauthorized' ? this.#failedAttempt(request, error) : error;
    }
  }

  /** One that has said nothing at all is no slow request: its client may stand still on a busy machine, and asks in a moment. */
  #late(error: NodeJS.ErrnoException, socket: Socket): void {
    if (socket.bytesRead === 0) socket.setTimeout(this.#times.idleMs);
    else this.#malformed(error, socket);
  }

  /** What never became a request: too slow, too long or not HTTP. Answered once, then cut. */
  #malformed(error: NodeJS.ErrnoException, socket: Duplex & { readonly bytesWritten?: number }): void {
    if (socket.destroyed || !socket.writable) return void socket.destroy();
    if (error.code === 'ECONNRESET') return void socket.destroy();
    socket.end(malformedAnswer(error.code));
    // Closing while the peer still writes would reset the connection and lose the answer: read on for a moment.
    socket.resume();
    this.#options.clock.after(500, () => (socket as Socket).destroy());
  }
}

const noSeat = (): RoostError => new RoostError('capacity', 'too many connections are at work at once: try again', { retryAfterMs: 1_000 });

/** Cookies know no ports: the name does, so that two hosts on one machine do not sign each other out. */
const cookieName = (port: number): string => `roost_${port}`;
