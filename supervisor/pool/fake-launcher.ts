import type { ExitCause, ExitView } from '../../contract/state.js';
import type { Clock } from '../../core/base/clock.js';
import { Emitter } from '../../core/base/emitter.js';
import type { Identity, Incarnation, Launch, Launcher, LogLine, LogTail, Wire } from '../process/types.js';

/** A launcher without processes, for tests: each "process" does what the test tells it. */

class FakeTail implements LogTail {
  readonly dropped = 0;
  readonly lines: LogLine[] = [];
  readonly #added = new Emitter<LogLine>();

  read(limit: number, afterSeq = -1): readonly LogLine[] {
    return this.lines.filter(({ seq }) => seq > afterSeq).slice(-limit);
  }

  async waitFor(afterSeq: number): Promise<boolean> {
    return this.lines.some(({ seq }) => seq > afterSeq);
  }

  note(text: string): void {
    this.write('roost', text);
  }

  onLine(listener: (line: LogLine) => void): () => void {
    return this.#added.on(listener);
  }

  write(stream: LogLine['stream'], text: string): void {
    const line = { seq: this.lines.length, atMs: 0, stream, text };
    this.lines.push(line);
    this.#added.emit(line);
  }
}

export class FakeWire implements Wire {
  readonly sent: unknown[] = [];
  readonly #messages = new Emitter<unknown>();
  readonly #closes = new Emitter<{ readonly kind: 'ended' | 'violation'; readonly message: string }>();
  /** What the other side does with a message. */
  peer: (message: never, wire: FakeWire) => void = () => undefined;
  closed = false;

  send(message: unknown): void {
    if (this.closed) return;
    this.sent.push(message);
    this.peer(message as never, this);
  }

  onMessage(listener: (message: unknown) => void): () => void {
    return this.#messages.on(listener);
  }

  onClose(listener: (reason: { readonly kind: 'ended' | 'violation'; readonly message: string }) => void): () => void {
    return this.#closes.on(listener);
  }

  close(): void {
    this.closed = true;
  }

  /** The agent says something. */
  receive(message: unknown): void {
    if (!this.closed) this.#messages.emit(message);
  }

  end(kind: 'ended' | 'violation', message: string): void {
    if (this.closed) return;
    this.closed = true;
    this.#closes.emit({ kind, message });
  }
}

export class FakeIncarnation implements Incarnation {
  readonly identity: Identity | null = null;
  readonly spawnedAtMs: number;
  readonly wire: FakeWire | null;
  readonly log = new FakeTail();
  readonly exited: Promise<ExitView>;
  exit: ExitView | null = null;
  /** Set to keep the process from ending when it is told to. */
  stubborn = false;
  readonly #clock: Clock;
  #resolve: (exit: ExitView) => void = () => undefined;
  #cause: { readonly cause: ExitCause; readonly why: string } | undefined;

  constructor(
    readonly launch: Launch,
    readonly number: number,
    readonly pid: number | null,
    clock: Clock,
  ) {
    this.#clock = clock;
    this.spawnedAtMs = clock.wallMs();
    this.wire = launch.wire === 'none' ? null : new FakeWire();
    this.exited = new Promise((resolve) => (this.#resolve = resolve));
  }

  ready(line = 'ready'): void {
    this.log.write('out', line);
  }

  /** `lastLine` is what it said last. */
  die(cause: ExitCause = 'crash', message = 'it crashed', lastLine?: string): void {
    if (this.exit !== null) return;
    const words = lastLine === undefined ? {} : { lastLine };
    this.exit = { atMs: this.#clock.wallMs(), cause: this.#cause?.cause ?? cause, code: 1, signal: null, message: this.#cause?.why ?? message, ...words };
    this.wire?.end('ended', 'the pipe ended');
    this.#resolve(this.exit);
  }

  terminate(cause: ExitCause, why: string): Promise<ExitView> {
    this.#cause ??= { cause, why };
    if (!this.stubborn) this.die();
    return this.exited;
  }
}

export class FakeLauncher implements Launcher {
  readonly launched: FakeIncarnation[] = [];
  readonly forgotten: string[] = [];
  #nextPid = 1_000;

  /** `onLaunch` decides what each new process does. */
  constructor(
    readonly clock: Clock,
    readonly onLaunch: (incarnation: FakeIncarnation) => void = () => undefined,
  ) {}

  get live(): readonly FakeIncarnation[] {
    return this.launched.filter(({ exit }) => exit === null);
  }

  launch(launch: Launch, number: number): FakeIncarnation {
    const incarnation = new FakeIncarnation(launch, number, this.#nextPid++, this.clock);
    this.launched.push(incarnation);
    this.onLaunch(incarnation);
    return incarnation;
  }

  named(name: string): FakeIncarnation {
    const found = this.launched.find(({ launch }) => launch.name === name);
    if (found === undefined) throw new Error(`nothing named ${name} was launched`);
    return found;
  }

  logFor(name: string): LogTail {
    return this.launched.find(({ launch }) => launch.name === name)?.log ?? new FakeTail();
  }

  forget(name: string): void {
    this.forgotten.push(name);
  }

  readonly pidState = (pid: number): 'running' | 'gone' => (this.live.some((incarnation) => incarnation.pid === pid) ? 'running' : 'gone');
}

interface Rpc {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly prompt?: readonly { readonly text: string }[]; readonly modeId?: string; readonly sessionId?: string };
}

/** Answers the way a good ACP agent does; `onPrompt` replaces what happens with a prompt. */
export function speakAcp(
  incarnation: FakeIncarnation,
  onPrompt: (text: string, tools: { say(text: string): void; stop(reason?: string, provider?: string): void; wire: FakeWire }) => void = (
    text,
    { say, stop },
  ) => {
    say(`echo ${text}`);
    stop();
  },
): void {
  const wire = incarnation.wire;
  if (wire === null) throw new Error('this process has no wire');
  let open: (reason?: string) => void = () => undefined;
  wire.peer = (message: Rpc) => {
    const answer = (result: unknown): void => wire.receive({ jsonrpc: '2.0', id: message.id, result });
    if (message.method === 'initialize') answer({ protocolVersion: 1, agentCapabilities: {} });
    else if (message.method === 'session/new')
      answer({
        sessionId: 'one',
        modes: {
          currentModeId: 'npc',
          availableModes: [
            { id: 'npc', name: 'npc' },
            { id: 'tools', name: 'tools' },
          ],
        },
      });
    else if (message.method === 'session/set_mode') answer({});
    else if (message.method === 'session/cancel') open('cancelled');
    else if (message.method === 'session/prompt') {
      const stop = (reason = 'end_turn', provider?: string): void =>
        answer({ stopReason: reason, ...(provider === undefined ? {} : { _meta: { roost: { provider } } }) });
      open = stop;
      const say = (text: string): void =>
        wire.receive({
          jsonrpc: '2.0',
          method: 'session/update',
          params: { sessionId: 'one', update: { sessionUpdate: 'agent_message_chunk', content: { type: 'text', text } } },
        });
      onPrompt(message.params?.prompt?.[0]?.text ?? '', { say, stop, wire });
    } else if (message.id !== undefined && message.method !== undefined)
      wire.receive({ jsonrpc: '2.0', id: message.id, error: { code: -32601, message: 'Method not found' } });
  };
}
