import { parseBoundedJson } from '../../contract/bounded-json.js';
import { RoostError, toErrorBody } from '../../contract/errors.js';
import { type ClientFrame, clientFrameSchema, maxClientFrameBytes, protocolVersion, type ServerFrame } from '../../contract/frames.js';
import { type MethodName, methods } from '../../contract/methods.js';
import type { Transport } from '../../contract/transport.js';
import { parseInput, problemOf } from '../../contract/validation.js';
import { actingAs } from '../../core/base/acting.js';
import type { Clock } from '../../core/base/clock.js';
import { within } from '../../core/base/deadline.js';
import type { Log } from '../../core/base/log.js';
import { Scope } from '../../core/base/scope.js';
import type { RoostCore } from '../core.js';
import { RestingFeed } from './resting-feed.js';
import type { Publication } from './state-store.js';

export const maxCallsInFlight = 64;
export const maxBufferedBytes = 1024 ** 2;
/** A reader that takes nothing for this long is cut, not waited for. */
const stuckAfterMs = 5_000;
/** The longest long poll and a margin: no call outlives it. */
const callDeadlineMs = 30_000;
/** Errors about the connection itself carry an id no call can have. */
const noCall = -1;

/** Serves one client of the frames protocol until its transport closes. Everything it started ends with it. */
export function serveClient(transport: Transport, core: RoostCore, log: Log, clock: Clock): ServedClient {
  const link = new ClientLink(transport, core, log, clock);
  link.open();
  return { shown: (shown) => link.shown(shown) };
}

/** For a door that knows of its window: whoever tests or inspects a page makes it believe that it is seen. */
export interface ServedClient {
  shown(shown: boolean): void;
}

class ClientLink {
  readonly #transport: Transport;
  readonly #core: RoostCore;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #scope: Scope;
  readonly #calls = new Map<number, AbortController>();
  #unsubscribe: (() => void) | undefined;
  #seq = 0;
  /** What the page says of itself, what its door says of its window, and which of the two pictures it gets now. */
  #visible = true;
  #shown = true;
  #resting = false;
  #stuck: { readonly bytes: number; readonly sinceMs: number } | undefined;

  constructor(transport: Transport, core: RoostCore, log: Log, clock: Clock) {
    this.#transport = transport;
    this.#core = core;
    this.#log = log;
    this.#clock = clock;
    this.#scope = new Scope(clock, (name, error) => log.warn('closing a client failed', { step: name, error }));
  }

  open(): void {
    this.#transport.onClose((reason) => this.#ended(reason));
    this.#scope.every('drain check', 1_000, () => this.#checkDrain());
    this.#scope.add(
      'messages',
      this.#transport.onMessage((text) => this.#receive(text)),
    );
  }

  #ended(reason: string): void {
    this.#log.debug('client left', { reason });
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    for (const call of this.#calls.values()) call.abort(new RoostError('cancelled', 'the client left'));
    this.#calls.clear();
    void this.#scope.close();
  }

  #send(frame: ServerFrame): void {
    if (this.#scope.closed) return;
    // Measured before sending: a large welcome may pass the limit alone, the next frame shows whether it was read.
    if (this.#transport.bufferedBytes() > maxBufferedBytes) this.#transport.close('slow-reader');
    else this.#transport.send(JSON.stringify(frame));
  }

  #checkDrain(): void {
    const bytes = this.#transport.bufferedBytes();
    if (bytes === 0) this.#stuck = undefined;
    else if (this.#stuck === undefined || bytes < this.#stuck.bytes) this.#stuck = { bytes, sinceMs: this.#clock.monoMs() };
    else if (this.#clock.monoMs() - this.#stuck.sinceMs >= stuckAfterMs) this.#transport.close('slow-reader');
  }

  #receive(text: string): void {
    if (this.#scope.closed) return;
    let frame: ClientFrame;
    try {
      frame = parseFrame(text);
    } catch (error) {
      // Whoever sends what is no frame cannot be answered by call id: say why, then hang up.
      this.#send({ type: 'error', id: noCall, error: toErrorBody(error) });
      this.#transport.close('protocol-error');
      return;
    }
    if (frame.type === 'hello') this.#hello(frame.protocol);
    else if (frame.type === 'look') this.#look(frame.visible);
    else if (frame.type === 'cancel') this.#calls.get(frame.id)?.abort(new RoostError('cancelled', 'the call was cancelled'));
    else void this.#call(frame.id, frame.method, frame.params);
  }

  #hello(protocol: number): void {
    if (protocol !== protocolVersion) {
      const message = `this host speaks protocol ${protocolVersion}, got ${protocol}: reload the page or update Roost`;
      this.#send({ type: 'error', id: noCall, error: { code: 'protocol', message } });
      this.#transport.close('protocol-mismatch');
      return;
    }
    this.#visible = true;
    this.#welcome();
    this.#settle();
  }

  shown(shown: boolean): void {
    this.#shown = shown;
    this.#settle();
  }

  #look(visible: boolean): void {
    this.#visible = visible;
    this.#settle();
  }

  /** A window that is hidden and a tab in the background are no reason to look at everything once a second. */
  #settle(): void {
    const resting = !(this.#visible && this.#shown);
    if (this.#unsubscribe === undefined || resting === this.#resting) return;
    if (resting) this.#rest();
    else this.#welcome();
  }

  #rest(): void {
    this.#unsubscribe?.();
    this.#resting = true;
    const feed = new RestingFeed({ state: this.#core.state, clock: this.#clock, send: (publication) => this.#publish(publication) });
    this.#unsubscribe = () => feed.stop();
  }

  #welcome(): void {
    this.#unsubscribe?.();
    this.#resting = false;
    this.#seq = 0;
    const { state, samples, off } = this.#core.state.subscribe((publication) => this.#publish(publication));
    this.#unsubscribe = off;
    this.#send({ type: 'welcome', protocol: protocolVersion, seq: 0, state, samples: [...samples] });
  }

  #publish(publication: Publication): void {
    this.#seq += 1;
    if (publication.kind === 'change') this.#send({ type: 'change', seq: this.#seq, slice: publication.slice, value: publication.value });
    else this.#send({ type: 'sample', seq: this.#seq, sample: publication.sample });
  }

  async #call(id: number, method: string, params: unknown): Promise<void> {
    if (this.#calls.has(id))
      return this.#send({
        type: 'error',
        id,
        error: { code: 'bad-request', message: `call ${id} is still in flight: give each call its own id`, field: 'id' },
      });
    if (this.#calls.size >= maxCallsInFlight)
      return this.#send({ type: 'error', id, error: { code: 'rate-limited', message: `${maxCallsInFlight} calls are in flight: wait for one to end` } });
    const abort = new AbortController();
    this.#calls.set(id, abort);
    try {
      const value = await this.#answer(method, params, abort);
      this.#send({ type: 'result', id, value });
    } catch (error) {
      if (!(error instanceof RoostError)) this.#log.error('a call failed', { method, error });
      this.#send({ type: 'error', id, error: toErrorBody(error) });
    } finally {
      if (this.#calls.get(id) === abort) this.#calls.delete(id);
    }
  }

  async #answer(method: string, params: unknown, abort: AbortController): Promise<unknown> {
    if (this.#unsubscribe === undefined) throw new RoostError('protocol', 'say hello before the first call');
    if (!Object.hasOwn(methods, method)) throw new RoostError('not-found', `there is no method ${JSON.stringify(method)}`, { field: 'method' });
    const name = method as MethodName;
    const parsed = parseInput(methods[name].params, params ?? {}, 'params');
    // The map is typed per method; the pair of name and parsed params is only known to belong together here.
    const handler = this.#core.handlers[name] as (params: unknown, signal: AbortSignal) => Promise<unknown>;
    const outcome = await within(
      this.#clock,
      callDeadlineMs,
      actingAs('screen', () => handler(parsed, abort.signal)),
      abort.signal,
    );
    if (outcome.kind === 'done') return outcome.value;
    if (outcome.kind === 'aborted') throw abort.signal.reason;
    const timeout = new RoostError('timeout', `${method} gave no answer within ${callDeadlineMs / 1_000} s`);
    abort.abort(timeout);
    throw timeout;
  }
}

function parseFrame(text: string): ClientFrame {
  if (text.length > maxClientFrameBytes || Buffer.byteLength(text) > maxClientFrameBytes)
    throw new RoostError('too-large', `a frame must be at most ${maxClientFrameBytes} bytes`);
  const value = parseBoundedJson(text, 'the frame');
  const parsed = clientFrameSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new RoostError('protocol', problemOf(parsed.error, value, 'the frame').message);
}
