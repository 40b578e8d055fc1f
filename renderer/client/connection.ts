import { fromErrorBody, RoostError } from '../../contract/errors.js';
import { type ClientFrame, protocolVersion } from '../../contract/frames.js';
import type { MethodName, ParamsInput, Result } from '../../contract/methods.js';
import type { Sample, SliceName, State } from '../../contract/state.js';
import type { Transport } from '../../contract/transport.js';
import type { ScreenClock } from './clock.js';
import { type Incoming, parseServerFrame, welcomeProtocol } from './frames.js';
import { type CallOptions, PendingCalls } from './pending-calls.js';
import { type ReconnectPolicy, reconnectDelayMs } from './reconnect.js';

export type ConnectionStatus =
  | { readonly kind: 'connecting'; readonly attempt: number }
  | { readonly kind: 'live'; readonly sinceMs: number }
  | { readonly kind: 'waiting'; readonly attempt: number; readonly retryAtMs: number; readonly lostAtMs: number; readonly reason: string }
  | { readonly kind: 'signed-out' }
  | { readonly kind: 'incompatible'; readonly hostProtocol: number }
  | { readonly kind: 'stopped' };

/** Thrown by `open` when the host answers but does not know this browser: trying again would not help. */
export class SignedOut extends Error {
  override readonly name = 'SignedOut';
}

/** Where the connection puts what it learns. */
export interface ConnectionSink {
  status(status: ConnectionStatus): void;
  welcome(state: State, samples: readonly Sample[]): void;
  change<S extends SliceName>(slice: S, value: State[S]): void;
  sample(sample: Sample): void;
  /** A frame that does not fit the contract; it is left out. */
  unreadable(problem: string): void;
}

const openDeadlineMs = 10_000;
/** The host samples every second: a longer silence means a half-open connection that no close event will ever report. */
const silenceMs = 15_000;

/** One conversation with the host over any transport: hello, snapshot, changes in sequence, calls; and back again after a loss. */
export class Connection {
  readonly #open: (signal: AbortSignal) => Promise<Transport>;
  readonly #clock: ScreenClock;
  readonly #policy: ReconnectPolicy;
  readonly #sink: ConnectionSink;
  readonly #calls: PendingCalls;
  #transport: Transport | null = null;
  #opening: AbortController | null = null;
  #status: ConnectionStatus = { kind: 'stopped' };
  #seq: number | null = null;
  #attempt = 0;
  #lostAtMs = 0;
  #visible = true;
  #cancelTimer: () => void = () => {};

  constructor(collaborators: {
    readonly open: (signal: AbortSignal) => Promise<Transport>;
    readonly clock: ScreenClock;
    readonly policy: ReconnectPolicy;
    readonly sink: ConnectionSink;
  }) {
    this.#open = collaborators.open;
    this.#clock = collaborators.clock;
    this.#calls = new PendingCalls(collaborators.clock);
    this.#policy = collaborators.policy;
    this.#sink = collaborators.sink;
  }

  start(): void {
    if (this.#status.kind !== 'stopped') return;
    this.#lostAtMs = this.#clock.nowMs();
    void this.#connect();
  }

  stop(): void {
    this.#setStatus({ kind: 'stopped' });
    this.#drop('screen closed');
  }

  /** A person does not want to wait for the countdown, or has just signed in. */
  retryNow(): void {
    if (this.#status.kind !== 'waiting' && this.#status.kind !== 'signed-out') return;
    void this.#connect();
  }

  /** Whether a person can see the screen. While nobody does it is told little; once seen again it gets a fresh snapshot. */
  look(visible: boolean): void {
    if (visible === this.#visible) return;
    this.#visible = visible;
    if (this.#transport !== null && this.#seq !== null) send(this.#transport, { type: 'look', visible });
  }

  call<M extends MethodName>(method: M, params: ParamsInput<M>, options: CallOptions = {}): Promise<Result<M>> {
    const transport = this.#transport;
    if (this.#status.kind !== 'live' || transport === null) return Promise.reject(new RoostError('cancelled', 'Roost is not connected right now.'));
    return this.#calls.begin(method, params, options, (frame) => send(transport, frame));
  }

  async #connect(): Promise<void> {
    this.#drop('reconnecting');
    const opening = new AbortController();
    this.#opening = opening;
    this.#setStatus({ kind: 'connecting', attempt: this.#attempt });
    this.#setTimer(openDeadlineMs, () => this.#lose('Roost did not answer in time.'));
    try {
      const transport = await this.#open(opening.signal);
      if (opening.signal.aborted) return transport.close('no longer wanted');
      this.#adopt(transport);
    } catch (error) {
      if (opening.signal.aborted) return;
      if (error instanceof SignedOut) {
        this.#drop('signed out');
        return this.#setStatus({ kind: 'signed-out' });
      }
      this.#lose(error instanceof Error ? error.message : String(error));
    }
  }

  #adopt(transport: Transport): void {
    this.#transport = transport;
    transport.onMessage((text) => {
      if (this.#transport === transport) this.#receive(text);
    });
    transport.onClose((reason) => {
      if (this.#transport === transport) this.#lose(reason);
    });
    this.#hello();
  }

  #hello(): void {
    this.#seq = null;
    if (this.#transport !== null) send(this.#transport, { type: 'hello', protocol: protocolVersion });
  }

  #receive(text: string): void {
    if (this.#status.kind === 'live') this.#setTimer(silenceMs, () => this.#lose('Roost went silent.'));
    const parsed = parseServerFrame(text);
    if (parsed.kind === 'frame') {
      this.#handle(parsed.frame);
      return;
    }
    const hostProtocol = welcomeProtocol(text);
    if (hostProtocol !== null && hostProtocol !== protocolVersion) {
      this.#refuse(hostProtocol);
      return;
    }
    this.#sink.unreadable(parsed.problem);
    // Without a readable welcome there is nothing to show: say what is wrong and try again at the usual pace.
    if (hostProtocol !== null) this.#lose('Roost sent a state this screen cannot read.');
  }

  #handle(frame: Incoming): void {
    switch (frame.type) {
      case 'welcome':
        if (frame.protocol !== protocolVersion) {
          this.#refuse(frame.protocol);
          return;
        }
        this.#seq = frame.seq;
        this.#attempt = 0;
        this.#sink.welcome(frame.state, frame.samples);
        // A hello is taken for somebody who looks.
        if (!this.#visible && this.#transport !== null) send(this.#transport, { type: 'look', visible: false });
        if (this.#status.kind !== 'live') this.#setStatus({ kind: 'live', sinceMs: this.#clock.nowMs() });
        this.#setTimer(silenceMs, () => this.#lose('Roost went silent.'));
        return;
      case 'change':
        if (this.#inSequence(frame.seq)) this.#sink.change(frame.slice, frame.value);
        return;
      case 'sample':
        if (this.#inSequence(frame.seq)) this.#sink.sample(frame.sample);
        return;
      case 'result':
        this.#calls.resolve(frame.id, frame.value);
        return;
      case 'error':
        this.#calls.reject(frame.id, fromErrorBody(frame.error));
        return;
    }
  }

  /** A gap means something was missed: ask for a fresh snapshot and leave out what comes before it. */
  #inSequence(seq: number): boolean {
    if (this.#seq === null) return false;
    if (seq === this.#seq + 1) {
      this.#seq = seq;
      return true;
    }
    this.#hello();
    return false;
  }

  #refuse(hostProtocol: number): void {
    this.#drop('protocol version');
    this.#setStatus({ kind: 'incompatible', hostProtocol });
  }

  #lose(reason: string): void {
    const nowMs = this.#clock.nowMs();
    if (this.#status.kind === 'live') this.#lostAtMs = nowMs;
    this.#drop(reason);
    const delayMs = reconnectDelayMs(this.#policy, this.#attempt, this.#clock.random());
    this.#attempt += 1;
    this.#setStatus({ kind: 'waiting', attempt: this.#attempt, retryAtMs: nowMs + delayMs, lostAtMs: this.#lostAtMs, reason });
    this.#setTimer(delayMs, () => void this.#connect());
  }

  #drop(reason: string): void {
    this.#cancelTimer();
    this.#opening?.abort();
    this.#opening = null;
    const transport = this.#transport;
    this.#transport = null;
    this.#seq = null;
    transport?.close(reason);
    this.#calls.lose();
  }

  #setTimer(delayMs: number, task: () => void): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#clock.after(delayMs, task);
  }

  #setStatus(status: ConnectionStatus): void {
    this.#status = status;
    this.#sink.status(status);
  }
}

function send(transport: Transport, frame: ClientFrame): void {
  transport.send(JSON.stringify(frame));
}
