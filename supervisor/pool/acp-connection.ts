import { type AnyMessage, type ClientConnection, client, PROTOCOL_VERSION } from '@agentclientprotocol/sdk';
import type { z } from 'zod';
import { RoostError } from '../../contract/errors.js';
import type { AgentSetup } from '../../contract/messages.js';
import type { SessionAbout } from '../../contract/session-about.js';
import type { AgentDesk, TurnContext } from '../approvals/agent-desk.js';
import type { Wire } from '../process/types.js';
import { authAdvice, failedAnswer, signIn, startFailure } from './acp-auth.js';
import { AcpGate } from './acp-gate.js';
import { introduction, refuseRequests, serveRequests } from './acp-requests.js';
import { type AcpSession, type Ask, EarlyUpdates, type MovedIn, openSession, type SessionSkills, takeOver } from './acp-session.js';
import { AcpTurn } from './acp-turn.js';
import { initializeAnswerSchema, promptAnswerSchema, readUpdate } from './acp-updates.js';
import { serveProviders } from './provider-requests.js';
import type { PromptResult, TurnListener, TurnPrompt } from './turn-prompt.js';

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
  readonly #gate = new AcpGate();
  #incoming: ReadableStreamDefaultController<AnyMessage> | undefined;
  #connection: ClientConnection | undefined;
  #closed: RoostError | undefined;
  #heard = 0;
  #advice = '';
  #session: AcpSession | undefined;
  readonly #early = new EarlyUpdates();
  #skills: SessionSkills = { load: false, resume: false, close: false };
  #turn: AcpTurn | undefined;

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

  /** Says hello and opens the session: afterwards the agent is warm. The caller owns the deadline. `config-invalid` when it wants a sign-in that it did not get. */
  async start(cwd: string): Promise<void> {
    this.#connect();
    const ask: Ask = (...request) => this.#request(...request);
    const hello = await ask('initialize', introduction(this.#setup, this.#desk !== undefined), initializeAnswerSchema);
    if (hello.protocolVersion !== PROTOCOL_VERSION)
      throw this.#violate(`the agent speaks protocol version ${hello.protocolVersion}, Roost speaks ${PROTOCOL_VERSION}`);
    const ways = hello.authMethods ?? [];
    this.#advice = authAdvice(ways);
    this.#skills = hello.agentCapabilities;
    try {
      if (this.#auth !== undefined) await signIn(ask, ways, this.#auth);
      this.#session = this.#early.toldTo(await openSession(ask, cwd));
    } catch (error) {
      throw startFailure(error);
    }
  }

  /** Takes the place of an agent before it: its folder and, where this agent can, its conversation. The caller owns the deadline. */
  async moveIn(cwd: string, sessionId: string | null): Promise<MovedIn> {
    const { how, session } = await takeOver((...request) => this.#request(...request), this.#skills, { cwd, sessionId });
    if (session === undefined) return how;
    const left = this.#session;
    this.#session = this.#early.toldTo(session);
    if (this.#skills.close && left !== undefined) await this.#send('session/close', { sessionId: left.id }).catch(() => undefined);
    return how;
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
    const turn = new AcpTurn(prompt, listener);
    this.#turn = turn;
    try {
      await session.choose(prompt.arm, (...request) => this.#request(...request));
      const answer = await this.#request(
        'session/prompt',
        { sessionId: session.id, prompt: [{ type: 'text', text: prompt.text }], _meta: { roost: { turnId: prompt.turnId, arm: prompt.arm } } },
        promptAnswerSchema,
      );
      if (answer.usage != null) turn.used(answer.usage);
      return { text: turn.text, stopReason: answer.stopReason, provider: answer._meta?.roost?.provider ?? null };
    } finally {
      this.#turn = undefined;
      turn.end();
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
    this.#turn.stop(new RoostError('cancelled', 'The turn was cancelled.'));
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
        this.#gate.sent(message);
        this.#wire.send(message);
      },
    });
    this.#offs.push(
      this.#wire.onMessage((message) => this.#receive(message)),
      this.#wire.onClose(({ kind, message }) => (kind === 'violation' ? void this.#violate(message) : this.close(message))),
    );
    const app = client({ name: 'roost' });
    const note = (step: string, text: string): void => this.#turn?.note(step, text);
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
          if (this.#turn?.prompt.turnId === turnId) await this.#turn.did(deed);
        },
      });
    const providers = this.#setup === undefined ? undefined : this.#desk?.providers;
    if (providers !== undefined) serveProviders(app, providers);
    this.#connection = app.connect({ readable, writable });
  }

  #context(): TurnContext {
    if (this.#turn === undefined) throw new RoostError('conflict', 'There is no turn in hand: an agent acts for somebody or not at all.');
    return this.#turn.context;
  }

  #receive(message: unknown): void {
    if (this.#closed !== undefined) return;
    this.#heard += 1;
    const passage = this.#gate.received(message);
    if (passage.kind === 'violation') this.#violate(passage.message);
    // Read here, in the order of arrival: the library handles notifications and answers apart, and a
    // last piece of text could come after the answer that ends the turn.
    if (passage.kind === 'update') this.#update(passage.params);
    if (passage.kind === 'pass') this.#incoming?.enqueue(message as AnyMessage);
  }

  #update(params: unknown): void {
    const read = readUpdate(params);
    if ('violation' in read) return void this.#violate(read.violation);
    if (read.sessionId !== this.#session?.id) {
      // Told right behind the answer that opens the session, which takes its way through the library.
      this.#early.keep(read.sessionId, read.update);
      return;
    }
    this.#session.take(read.update);
    this.#turn?.take(read.update);
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
      throw failedAnswer(method, error, this.#advice);
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
    this.#turn?.stop(error);
    this.#desk?.close().catch(() => undefined);
    this.#connection?.close(error);
    this.#wire.close();
  }
}
