import type { z } from 'zod';
import { RoostError } from '../../contract/errors.js';
import type { SessionAbout } from '../../contract/session-about.js';
import { type ConfigOption, configAnswerSchema, newSessionAnswerSchema, type OpenedAnswer, openedAnswerSchema } from './acp-opened.js';
import type { AgentUpdate } from './acp-updates.js';

/** How an agent came into the place of another one. */
export type MovedIn =
  /** It has the conversation itself: taken up, or read from where it keeps it. */
  | 'resumed'
  | 'loaded'
  /** A new conversation in the folder of the session. */
  | 'opened'
  /** It stays where it is: it would not open another one. */
  | 'own';

/** What an agent says it can do with sessions. */
export interface SessionSkills {
  readonly load: boolean;
  readonly resume: boolean;
  readonly close: boolean;
}

export type Ask = <T>(method: string, params: unknown, schema: z.ZodType<T>) => Promise<T>;

/** The one ACP session of an agent as far as Roost follows it: how it works (modes and options) and what it tells of itself. */
export class AcpSession {
  readonly id: string;
  #modes: ReadonlySet<string>;
  #mode: string | undefined;
  #options: readonly ConfigOption[];
  #about: SessionAbout = {};

  constructor(id: string, { modes, configOptions }: OpenedAnswer) {
    this.id = id;
    this.#modes = new Set(modes?.availableModes.map((mode) => mode.id) ?? []);
    this.#mode = modes?.currentModeId;
    this.#options = configOptions ?? [];
  }

  get about(): SessionAbout {
    return this.#about;
  }

  /** What the agent told of its session, whenever it did. */
  take(update: AgentUpdate): void {
    if (update.kind === 'mode') this.#mode = update.mode;
    if (update.kind === 'options') this.#options = update.options;
    if (update.kind === 'about') this.#about = { ...this.#about, ...update.about };
  }

  /** Takes the way of working that has the name of the arm, where the agent offers one: as a mode, or as an option of that category. */
  async choose(arm: string, ask: Ask): Promise<void> {
    const option = this.#options.find(({ category, type, values }) => category === 'mode' && type === 'select' && values.includes(arm));
    if (option !== undefined) {
      if (option.current === arm) return;
      const answer = await ask('session/set_config_option', { sessionId: this.id, configId: option.id, value: arm }, configAnswerSchema);
      this.#options = answer.configOptions ?? this.#options.map((one) => (one === option ? { ...one, current: arm } : one));
      return;
    }
    if (!this.#modes.has(arm) || this.#mode === arm) return;
    await ask('session/set_mode', { sessionId: this.id, modeId: arm }, anything);
    this.#mode = arm;
  }
}

/** What matters later of a session that is not open yet: what an agent tells again of a conversation does not. */
const early: ReadonlySet<AgentUpdate['kind']> = new Set(['mode', 'options', 'about']);
const maxEarly = 50;

/** Updates about sessions that Roost has not been told the opening of. */
export class EarlyUpdates {
  readonly #kept: { readonly sessionId: string; readonly update: AgentUpdate }[] = [];

  keep(sessionId: string, update: AgentUpdate): void {
    if (this.#kept.length < maxEarly && early.has(update.kind)) this.#kept.push({ sessionId, update });
  }

  toldTo(session: AcpSession): AcpSession {
    for (const { sessionId, update } of this.#kept.splice(0)) if (sessionId === session.id) session.take(update);
    return session;
  }
}

const anything = openedAnswerSchema.catch({});

export async function openSession(ask: Ask, cwd: string): Promise<AcpSession> {
  const answer = await ask('session/new', { cwd, mcpServers: [] }, newSessionAnswerSchema);
  return new AcpSession(answer.sessionId, answer);
}

/**
 * The conversation of an agent before this one, in its folder. Taking it up is tried first: reading it again makes the
 * agent tell all of it once more, which nobody shows. What it refuses is tried another way; a death passes through.
 */
export async function takeOver(
  ask: Ask,
  skills: SessionSkills,
  place: { readonly cwd: string; readonly sessionId: string | null },
): Promise<{ readonly how: MovedIn; readonly session: AcpSession | undefined }> {
  const { cwd, sessionId } = place;
  const ways = [
    { how: 'resumed', offered: skills.resume, method: 'session/resume' },
    { how: 'loaded', offered: skills.load, method: 'session/load' },
  ] as const;
  for (const { how, offered, method } of ways) {
    if (!offered || sessionId === null) continue;
    const answer = await unlessRefused(ask(method, { sessionId, cwd, mcpServers: [] }, openedAnswerSchema));
    if (answer !== undefined) return { how, session: new AcpSession(sessionId, answer) };
  }
  const session = await unlessRefused(openSession(ask, cwd));
  return { how: session === undefined ? 'own' : 'opened', session };
}

async function unlessRefused<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof RoostError && error.code === 'agent-failed') return undefined;
    throw error;
  }
}
