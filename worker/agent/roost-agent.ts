import { isAbsolute } from 'node:path';
import {
  type AgentApp,
  type AgentRequestContext,
  agent,
  type ContentBlock,
  methods,
  PROTOCOL_VERSION,
  type PromptRequest,
  type PromptResponse,
  RequestError,
} from '@agentclientprotocol/sdk';
import type { Clock } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';
import { splitTranscript } from '../../core/sessions/transcript.js';
import { isModeId, type ModeId } from './engine.js';
import { Engines } from './engines.js';
import { type HostLink, hostLink } from './host-link.js';
import { createOutput } from './output.js';
import { AgentSession } from './session.js';
import { emptySetup, readSetup } from './setup.js';

export interface RoostAgentOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** IANA name: what "today" and "now" mean. A function because the first use of Intl costs 8 MB. */
  readonly timeZone: () => string;
  readonly newId: () => string;
  readonly fetch?: typeof fetch;
}

const agentInfo = { name: 'roost-agent', title: 'Roost built-in agent', version: '1.0.0' };
/** One agent serves one session at a time; a client that never closes any must not fill the memory. */
const maxSessions = 16;
const maxPromptChars = 200_000;

const availableModes = [
  { id: 'npc', name: 'Conversation', description: 'Asks the configured providers in order; without one a small built-in responder answers.' },
  { id: 'tools', name: 'Tools', description: 'Works out sums, units and dates and searches files and runs commands that its host allows, without a network.' },
  { id: 'knowledge', name: 'Knowledge', description: 'Quotes and cites the Markdown documents of the knowledge folders.' },
] satisfies { id: ModeId; name: string; description: string }[];

/** The agent as an app of the protocol; connect it to a stream. One app serves one connection. */
export function createRoostAgent(options: RoostAgentOptions): AgentApp {
  const sessions = new Map<string, AgentSession>();
  let engines = new Engines({ ...options, setup: emptySetup });
  let runsCommands = false;

  const sessionOf = (id: string): AgentSession => {
    const session = sessions.get(id);
    if (session === undefined) throw RequestError.sessionNotFound(id);
    return session;
  };

  return agent({ name: agentInfo.name })
    .onRequest(methods.agent.initialize, ({ params }) => {
      const read = readSetup(params._meta);
      if ('problem' in read) throw RequestError.invalidParams(undefined, read.problem);
      engines = new Engines({ ...options, setup: read.setup });
      runsCommands = params.clientCapabilities?.terminal === true;
      return {
        protocolVersion: PROTOCOL_VERSION,
        agentInfo,
        agentCapabilities: {
          loadSession: false,
          promptCapabilities: { image: false, audio: false, embeddedContext: false },
          sessionCapabilities: { close: {} },
        },
        authMethods: [],
      };
    })
    .onRequest(methods.agent.session.new, ({ params }) => {
      if (!isAbsolute(params.cwd)) throw RequestError.invalidParams(undefined, `cwd must be an absolute path, got ${JSON.stringify(params.cwd.slice(0, 200))}`);
      if (sessions.size >= maxSessions) throw RequestError.invalidRequest(undefined, `${maxSessions} sessions are open; close one first`);
      const session = new AgentSession(options.newId(), params.cwd);
      sessions.set(session.id, session);
      return { sessionId: session.id, modes: { currentModeId: session.mode, availableModes } };
    })
    .onRequest(methods.agent.session.setMode, ({ params }) => {
      const session = sessionOf(params.sessionId);
      if (!isModeId(params.modeId))
        throw RequestError.invalidParams(undefined, `modeId must be one of npc, tools, knowledge, got ${JSON.stringify(params.modeId.slice(0, 100))}`);
      session.mode = params.modeId;
      return {};
    })
    .onRequest(methods.agent.session.close, ({ params }) => {
      const session = sessionOf(params.sessionId);
      session.cancel();
      sessions.delete(session.id);
      return {};
    })
    .onNotification(methods.agent.session.cancel, ({ params }) => sessions.get(params.sessionId)?.cancel())
    .onRequest(methods.agent.session.prompt, (context) => {
      const session = sessionOf(context.params.sessionId);
      return prompt(session, engines, context, options, hostLink(context.client, session.id, runsCommands));
    });
}

async function prompt(
  session: AgentSession,
  engines: Engines,
  context: AgentRequestContext<PromptRequest>,
  options: RoostAgentOptions,
  host: HostLink,
): Promise<PromptResponse> {
  const { params, client, signal } = context;
  const { turnId, mode } = readTurn(params, session, options);
  const read = await remembered(readPrompt(params.prompt), session);
  const turn = session.begin();
  if (turn === undefined) throw RequestError.invalidRequest(undefined, 'a turn of this session is still running; wait for it or cancel it');
  const onAbort = (): void => turn.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const output = createOutput(turnId, turn.signal, (update) => client.notify(methods.client.session.update, { sessionId: session.id, update }));
  const about = (provider: string, more: object = {}): { readonly roost: object } => ({ roost: { provider, mode, ...more } });
  let completed = false;
  try {
    if ('refusal' in read) {
      await output.text(read.refusal);
      return { stopReason: 'refusal', _meta: about('builtin') };
    }
    const engine = await engines.engine(mode);
    const result = await engine({ text: read.text, history: session.history, facts: session.facts, cwd: session.cwd, signal: turn.signal, host }, output);
    turn.signal.throwIfAborted();
    completed = true;
    const { tokens } = result;
    const usage = tokens === undefined ? {} : { usage: { inputTokens: tokens.input, outputTokens: tokens.output, totalTokens: tokens.input + tokens.output } };
    return { stopReason: result.stopReason, ...usage, _meta: about(result.provider, result.incomplete === undefined ? {} : { incomplete: result.incomplete }) };
  } catch (error) {
    if (turn.signal.aborted) return { stopReason: 'cancelled', _meta: about('builtin') };
    options.log.error('turn failed', { turnId, mode, error });
    throw RequestError.internalError(undefined, 'the agent could not finish this turn; its log has the details');
  } finally {
    signal.removeEventListener('abort', onAbort);
    session.end(completed && 'text' in read ? { user: read.text, agent: output.said() } : undefined);
  }
}

/** A fresh agent is told with its first request what was said before: it is no part of the request, and is remembered as if this one had been there. */
async function remembered(read: Read, session: AgentSession): Promise<Read> {
  if ('refusal' in read) return read;
  const { said, request } = splitTranscript(read.text);
  if (said.length === 0) return read;
  session.restore(said);
  const { reply } = await import('./npc/responder.js');
  for (const { user } of said) reply(user, { history: [], facts: session.facts });
  return { text: request };
}

/** The arm is the mode of this one turn; an arm without a mode of its name leaves the session's. */
function readTurn(params: PromptRequest, session: AgentSession, options: RoostAgentOptions): { readonly turnId: string; readonly mode: ModeId } {
  const roost = params._meta?.['roost'];
  const field = (name: string): unknown => (typeof roost === 'object' && roost !== null ? Reflect.get(roost, name) : undefined);
  const [turnId, arm] = [field('turnId'), field('arm')];
  return { turnId: typeof turnId === 'string' && turnId.length <= 128 ? turnId : options.newId(), mode: isModeId(arm) ? arm : session.mode };
}

type Read = { readonly text: string } | { readonly refusal: string };

/** Text, and links by their name; what the capabilities exclude is refused in words. */
function readPrompt(blocks: readonly ContentBlock[]): Read {
  const parts: string[] = [];
  for (const block of blocks) {
    if (block.type === 'text') parts.push(block.text);
    else if (block.type === 'resource_link') parts.push(`${block.name} (${block.uri})`);
    else
      return {
        refusal: `Sorry, I read text only, and this request holds ${block.type === 'image' ? 'an image' : block.type === 'audio' ? 'a sound' : 'an embedded file'}. Please send it as text.`,
      };
  }
  const text = parts.join('\n').trim();
  if (text === '') return { refusal: 'The request holds no text, so there is nothing to answer.' };
  return text.length > maxPromptChars ? { refusal: `The request has ${text.length} characters; I read ${maxPromptChars} at most.` } : { text };
}
