import { type AnyMessage, type ClientConnection, client, PROTOCOL_VERSION, RequestError } from '@agentclientprotocol/sdk';
import type { z } from 'zod';
import { RoostError } from '../../contract/errors.js';
import type { AgentSetup } from '../../contract/messages.js';
import type { SessionAbout } from '../../contract/session-about.js';
import type { AgentDesk, TurnContext } from '../approvals/agent-desk.js';
import type { Wire } from '../process/types.js';
import { authAdvice, authRequired, signIn } from './acp-auth.js';
import { clientCapabilities, refuseRequests, serveRequests } from './acp-requests.js';
import { type AcpSession, type MovedIn, openSession, type SessionSkills, takeOver } from './acp-session.js';
import { type AgentUpdate, envelopeSchema, initializeAnswerSchema, promptAnswerSchema, readUpdate } from './acp-updates.js';
import { serveProviders } from './provider-requests.js';
import { TurnOutput } from './turn-output.js';
import type { PromptResult, TurnListener, TurnPrompt } from './turn-prompt.js';

/** Updates about a session that is not open yet, as far as they matter later: what it tells again of a conversation is none of them. */
const early: ReadonlySet<AgentUpdate['kind']> = new Set(['mode', 'options', 'about']);
const maxEarly = 50;
/** Pending requests of one agent towards Roost; more than this at once is an attack or a loop. */
const maxOpenRequests = 100;

/**
 * Roost as the ACP client of one agent with one session. Nothing an agent sends can throw here: a
 * message against the rules closes the connection and is told once through `onViolation`.
 */
export class AcpConnection {
  readonly #wire: Wire;
  readonly #setup: AgentSetup | undefined;
  readonly #auth: string | undefined;
  readonly #onViolation: (message: string) => void;
  readonly #desk: AgentDesk | undefined;
  readonly #offs: (() => void)[] = [];
  readonly #outstanding = new Set<string | number>();
  #incoming: ReadableStreamDefaultController<AnyMessage> | undefined;
  #connection: ClientConnection | undefined;
  #closed: RoostError | undefined;
  #heard = 0;
  readonly #openRequests = new Set<string | number | null>();
  #advice = '';
  #lastId = -1;
  #session: AcpSession | undefined;
  readonly #early: { readonly sessionId: string; readonly update: AgentUpdate }[] = [];
  #skills: SessionSkills = { load: false, resume: false, close: false };
  #turn: { readonly output: TurnOutput; readonly listener: TurnListener; readonly prompt: TurnPrompt; readonly abort: AbortController } | undefined;

  constructor(options: {
    readonly wire: Wire;
    readonly setup: AgentSetup | undefined;
    readonly onViolation: (message: string) => void;
    /** Serves its requests; without one it may ask for nothing. */
    readonly desk?: AgentDesk;
    /** The way to sign in that the operator chose. */
    readonly auth?: string | undefined;
  }) {
    this.#auth = options.auth;
    this.#desk = options.desk;
    this.#wire = options.wire;
    this.#setup = options.setup;
    this.#onViolation = options.onViolation;
  }

  get open(): boolean {
    return this.#session !== undefined && this.#closed === undefined;
  }

  /** Says hello and opens the session: afterwards the agent is warm. The caller owns the deadline. */
  async start(cwd: string): Promise<void> {
    this.#connect();
    const meta = this.#setup === undefined ? {} : { _meta: { roost: this.#setup } };
    const hello = await this.#request(
      'initialize',
      {
        protocolVersion: PROTOCOL_VERSION,
        clientInfo: { name: 'roost', version: '1' },
        clientCapabilities: this.#desk === undefined ? {} : clientCapabilities,
        ...meta,
      },
      initializeAnswerSchema,
    );
    if (hello.protocolVersion !== PROTOCOL_VERSION)
      throw this.#violate(`the agent speaks protocol version ${hello.protocolVersion}, Roost speaks ${PROTOCOL_VERSION}`);
    this.#advice = authAdvice(hello.authMethods ?? []);
    if (this.#auth !== undefined) await signIn((...request) => this.#request(...request), hello.authMethods ?? [], this.#auth);
    this.#skills = hello.agentCapabilities;
    this.#session = this.#knowing(await openSession((...request) => this.#request(...request), cwd));
  }

  /** Takes the place of an agent before it: its folder and, where this agent can, its conversation. The caller owns the deadline. */
  async moveIn(cwd: string, sessionId: string | null): Promise<MovedIn> {
    const { how, session } = await takeOver((...request) => this.#request(...request), this.#skills, { cwd, sessionId });
    if (session === undefined) return how;
    const left = this.#session;
    this.#session = this.#knowing(session);
    if (this.#skills.close && left !== undefined) await this.#send('session/close', { sessionId: left.id }).catch(() => undefined);
    return how;
  }

  #knowing(session: AcpSession): AcpSession {
    for (const { sessionId, update } of this.#early.splice(0)) if (sessionId === session.id) session.take(update);
    return session;
  }

  /** The agent's own name of the conversation, for a successor. */
  get sessionId(): string | null {
    return this.#session?.id ?? null;
  }

  /** What the agent has told of its session. */
  get about(): SessionAbout {
    return this.#session?.about ?? {};
  }

  /** One turn. Rejects with `agent-died`, `protocol` or `agent-failed` (the agent answered with an error). */
  async prompt(prompt: TurnPrompt, listener: TurnListener): Promise<PromptResult> {
    const session = this.#session;
    if (session === undefined) throw this.#closed ?? new RoostError('agent-failed', 'The agent has no open session.');
    if (this.#turn !== undefined) throw new RoostError('conflict', 'The agent is still busy with another turn.');
    const output = new TurnOutput();
    const abort = new AbortController();
    this.#turn = { output, listener, prompt, abort };
    try {
      await session.choose(prompt.arm, (...request) => this.#request(...request));
      const answer = await this.#request(
        'session/prompt',
        { sessionId: session.id, prompt: [{ type: 'text', text: prompt.text }], _meta: { roost: { turnId: prompt.turnId, arm: prompt.arm } } },
        promptAnswerSchema,
      );
      if (answer.usage != null) {
        output.used(answer.usage.inputTokens, answer.usage.outputTokens);
        listener.onOutput(snapshot(output));
      }
      return { text: output.text, stopReason: answer.stopReason, provider: answer._meta?.roost?.provider ?? null };
    } finally {
      this.#turn = undefined;
      // Whatever it still asks for, it asks for nobody.
      abort.abort(new RoostError('cancelled', 'The turn is over.'));
    }
  }

  /** Messages that came so far. */
  get heard(): number {
    return this.#heard;
  }

  /** Asks for a sign of life; an agent that does not know the question says so, which is one. */
  async probe(): Promise<void> {
    await this.#send('_roost/ping', {}).catch((error: unknown) => {
      if (!(error instanceof RoostError) || error.code !== 'agent-failed') throw error;
    });
  }

  /** Asks the agent to stop the turn in hand; the prompt then answers with what there is. */
  cancel(): void {
    if (this.#session === undefined || this.#closed !== undefined) return;
    this.#connection?.agent.notify('session/cancel', { sessionId: this.#session.id }).catch(() => undefined);
    if (this.#turn === undefined) return;
    this.#turn.abort.abort(new RoostError('cancelled', 'The turn was cancelled.'));
    this.#desk?.terminals.endTurn(this.#turn.prompt.turnId);
  }

  close(reason = 'the connection was closed'): void {
    this.#shut(new RoostError('agent-died', `The agent is gone: ${reason}.`));
  }

  #connect(): void {
    const readable = new ReadableStream<AnyMessage>({
      start: (controller) => {
        this.#incoming = controller;
      },
    });
    const writable = new WritableStream<AnyMessage>({
      write: (message) => {
        if ('method' in message && 'id' in message && message.id !== null) {
          this.#outstanding.add(message.id);
          if (typeof message.id === 'number') this.#lastId = message.id;
        }
        if (!('method' in message)) this.#openRequests.delete(message.id);
        this.#wire.send(message);
      },
    });
    this.#offs.push(
      this.#wire.onMessage((message) => this.#receive(message)),
      this.#wire.onClose(({ kind, message }) => (kind === 'violation' ? void this.#violate(message) : this.close(message))),
    );
    const app = client({ name: 'roost' });
    const note = (step: string, text: string): void => this.#turn?.listener.onNote(step, text);
    if (this.#desk === undefined) refuseRequests(app, note);
    else
      serveRequests(app, {
        desk: this.#desk,
        check: (sessionId) => {
          if (sessionId !== this.#session?.id) throw new RoostError('bad-request', `there is no session ${JSON.stringify(sessionId.slice(0, 60))}`);
        },
        turn: () => this.#context(),
        note,
        did: async (deed, turnId) => {
          const current = this.#turn;
          if (current?.prompt.turnId !== turnId) return;
          if (current.output.did(deed)) current.listener.onOutput(snapshot(current.output));
          if (deed.status === 'in_progress') await current.listener.onBegun?.();
        },
      });
    const providers = this.#setup === undefined ? undefined : this.#desk?.providers;
    if (providers !== undefined) serveProviders(app, providers);
    this.#connection = app.connect({ readable, writable });
  }

  #context(): TurnContext {
    const turn = this.#turn;
    if (turn === undefined) throw new RoostError('conflict', 'There is no turn in hand: an agent acts for somebody or not at all.');
    const { turnId, sessionId } = turn.prompt;
    return {
      turnId,
      sessionId: sessionId ?? null,
      signal: turn.abort.signal,
      onWaiting: (waiting, title) => this.#turn === turn && turn.listener.onWaiting?.(waiting, title),
    };
  }

  #receive(message: unknown): void {
    if (this.#closed !== undefined) return;
    this.#heard += 1;
    const envelope = envelopeSchema.safeParse(message);
    if (!envelope.success) return void this.#violate('a line is not a JSON-RPC 2.0 message');
    if (!('method' in envelope.data)) {
      const { id } = envelope.data;
      if (id === null || !this.#outstanding.delete(id)) {
        // A second answer harms nobody and some agents give one to a repeated cancel. It stops here all the
        // same: the library reports strangers on the console of the supervisor, which an agent could flood.
        if (typeof id === 'number' && id >= 0 && id <= this.#lastId) return;
        return void this.#violate(`an answer to a request that was never made (id ${String(id).slice(0, 40)})`);
      }
    } else if (envelope.data.id !== undefined) {
      if (this.#openRequests.has(envelope.data.id)) return void this.#violate(`two open requests with the id ${String(envelope.data.id).slice(0, 40)}`);
      this.#openRequests.add(envelope.data.id);
      if (this.#openRequests.size > maxOpenRequests) return void this.#violate(`more than ${maxOpenRequests} open requests`);
    } else {
      // Read here, in the order of arrival: the library handles notifications and answers apart, and a
      // last piece of text could come after the answer that ends the turn.
      if (envelope.data.method === 'session/update') this.#update(envelope.data.params);
      return;
    }
    this.#incoming?.enqueue(message as AnyMessage);
  }

  #update(params: unknown): void {
    const read = readUpdate(params);
    if ('violation' in read) return void this.#violate(read.violation);
    if (read.sessionId !== this.#session?.id) {
      // Told right behind the answer that opens the session, which takes its way through the library.
      if (this.#early.length < maxEarly && early.has(read.update.kind)) this.#early.push(read);
      return;
    }
    this.#session.take(read.update);
    const turn = this.#turn;
    if (turn === undefined) return;
    if (read.update.kind === 'note') turn.listener.onNote(read.update.step, read.update.text);
    const before = turn.output.truncated;
    if (turn.output.add(read.update)) turn.listener.onOutput(snapshot(turn.output));
    if (!before && turn.output.truncated) turn.listener.onNote('output', 'truncated: the answer is longer than 1 MiB');
  }

  async #request<T>(method: string, params: unknown, schema: z.ZodType<T>): Promise<T> {
    const answer = schema.safeParse(await this.#send(method, params));
    if (answer.success) return answer.data;
    const issue = answer.error.issues[0];
    throw this.#violate(`the answer to ${method} is malformed: ${issue?.path.join('.') || 'value'}: ${issue?.message ?? 'unknown'}`);
  }

  async #send(method: string, params: unknown): Promise<unknown> {
    if (this.#closed !== undefined) throw this.#closed;
    try {
      return await this.#connection?.agent.request<unknown>(method, params);
    } catch (error) {
      if (this.#closed !== undefined) throw this.#closed;
      const message = error instanceof Error ? error.message : String(error);
      if (error instanceof RequestError && error.code === authRequired)
        throw new RoostError('agent-failed', `The agent wants a sign-in before it works. ${this.#advice}`, { cause: error });
      if (error instanceof RequestError)
        throw new RoostError('agent-failed', `The agent refused ${method}: ${message.slice(0, 500)} (code ${error.code}).`, { cause: error });
      throw new RoostError('agent-died', `The agent did not answer ${method}: ${message.slice(0, 500)}.`, { cause: error });
    }
  }

  #violate(message: string): RoostError {
    if (this.#closed !== undefined) return this.#closed;
    const error = new RoostError('protocol', `The agent broke the protocol: ${message}.`);
    this.#shut(error);
    this.#onViolation(message);
    return error;
  }

  #shut(error: RoostError): void {
    if (this.#closed !== undefined) return;
    this.#closed = error;
    for (const off of this.#offs.splice(0)) off();
    this.#turn?.abort.abort(error);
    this.#desk?.close().catch(() => undefined);
    this.#connection?.close(error);
    this.#wire.close();
  }
}

const snapshot = ({ text, progress, work }: TurnOutput): Pick<TurnOutput, 'text' | 'progress' | 'work'> => ({ text, progress, work });
