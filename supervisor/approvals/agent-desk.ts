import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { RoostError } from '../../contract/errors.js';
import type { Clock } from '../../core/base/clock.js';
import type { ProviderSource } from '../pool/provider-requests.js';
import type { Launcher } from '../process/types.js';
import type { ProviderDesk } from '../providers/provider-desk.js';
import type { Answer, ApprovalRequest, Approvals } from './approvals.js';
import type { AuditLog } from './audit-log.js';
import { type Asker, CommandGate, type WantedCommand } from './commands/command-gate.js';
import { Terminals } from './commands/terminals.js';
import { delicate, excerpt, readInside } from './files/workspace-files.js';
import type { WriteJournal } from './files/write-journal.js';
import type { CommandRules } from './rules/classify.js';

export interface AgentDeskOptions {
  readonly approvals: Approvals;
  readonly audit: AuditLog;
  readonly journal: WriteJournal;
  readonly launcher: Pick<Launcher, 'launch' | 'forget'>;
  readonly clock: Clock;
  readonly rules: (template: string) => CommandRules;
  readonly commandDeadlineMs: () => number;
  readonly dataDir: string;
  readonly providers?: ProviderDesk;
}

/** The turn on whose behalf an agent asks. */
export interface TurnContext {
  readonly turnId: string;
  readonly sessionId: string | null;
  readonly signal: AbortSignal;
  /** Told when a person has to answer, and again when they did. */
  readonly onWaiting: (waiting: boolean, title: string) => void;
  /** Told right before something happens that must not simply be done again; it happens once this resolves. */
  readonly begins?: () => Promise<void>;
}

export interface PermissionQuestion {
  readonly title: string;
  readonly detail: string | null;
}

type Question = Pick<ApprovalRequest, 'kind' | 'title' | 'reason' | 'detail' | 'fingerprint'>;

/** Everything Roost does for one agent: reads and writes its files, runs its commands, asks a person. Nothing else does any of it. */
export class AgentDesk {
  readonly #options: AgentDeskOptions;
  #agent: { readonly agentId: string; readonly template: string; readonly cwd: string };
  readonly #gate: CommandGate;
  readonly terminals: Terminals;

  constructor(options: AgentDeskOptions, agent: { readonly agentId: string; readonly template: string; readonly cwd: string }) {
    this.#options = options;
    this.#agent = agent;
    this.#gate = new CommandGate(options);
    this.terminals = new Terminals({ agentId: agent.agentId, launcher: options.launcher, clock: options.clock, deadlineMs: options.commandDeadlineMs });
  }

  /** Its session's files lie there from now on. */
  moveTo(cwd: string): void {
    this.#agent = { ...this.#agent, cwd };
  }

  async readText(path: string, line?: number | null, limit?: number | null): Promise<string> {
    const root = await this.#root();
    const found = await readInside(root, absolute(path));
    if (found === undefined) throw new RoostError('not-found', `there is no ${path.slice(0, 500)}`, { field: 'path' });
    return excerpt(found.bytes, path, line, limit);
  }

  async writeText(path: string, text: string, turn: TurnContext): Promise<void> {
    const { audit, journal } = this.#options;
    const root = await this.#root();
    const why = delicate(root, absolute(path));
    const sha256 = createHash('sha256').update(text, 'utf8').digest('hex');
    const facts = { turn: turn.turnId, session: turn.sessionId, path, chars: text.length, sha256 };
    if (why !== undefined)
      await this.#askFor({ kind: 'write', title: `write ${path}`, reason: why, detail: text.slice(0, 20_000), fingerprint: `${path}\0${sha256}` }, turn);
    turn.signal.throwIfAborted();
    await audit.record({ actor: 'agent', act: 'file.write', target: this.#agent.agentId, detail: facts });
    await turn.begins?.();
    await this.#unlessOver(turn, 'file.refuse', facts);
    await journal.write({ turnId: turn.turnId, agentId: this.#agent.agentId, root, path, text });
  }

  /** The id of the terminal in which it runs, and whether it may leave something behind. */
  async run(wanted: WantedCommand, byteLimit: number | null, turn: TurnContext): Promise<{ readonly terminalId: string; readonly changes: boolean }> {
    this.terminals.makeRoom();
    const asker: Asker = {
      ...this.#agent,
      workspace: await this.#root(),
      turnId: turn.turnId,
      sessionId: turn.sessionId,
      signal: turn.signal,
      begins: turn.begins,
    };
    const cleared = await this.#whileWaiting(turn, wanted.command, () => this.#gate.clear(wanted, asker));
    await this.#unlessOver(turn, 'command.refuse', { turn: turn.turnId, session: turn.sessionId, argv: cleared.argv });
    return { terminalId: this.terminals.start(cleared, turn.turnId, byteLimit), changes: cleared.changes };
  }

  /** A question of the agent about something it does itself: Roost can only pass it on and write it down. */
  async permission(question: PermissionQuestion, turn: TurnContext): Promise<'allowed' | 'denied' | 'expired' | 'cancelled'> {
    const fingerprint = createHash('sha256')
      .update(`${question.title}\0${question.detail ?? ''}`)
      .digest('hex');
    const answer = await this.#ask({ kind: 'permission', ...question, reason: 'the agent asks before it goes on', fingerprint }, turn);
    if (!answer.allowed) return answer.status;
    return answer.grant.redeem(fingerprint) ? 'allowed' : 'expired';
  }

  /** The book of the model providers, in the name of this agent; undefined where none is kept. */
  get providers(): ProviderSource | undefined {
    const { providers } = this.#options;
    const { agentId } = this.#agent;
    if (providers === undefined) return undefined;
    return { acquire: (provider) => providers.acquire(provider, agentId), report: (permit, report) => providers.report(permit, agentId, report) };
  }

  async close(): Promise<void> {
    this.#options.providers?.abandon(this.#agent.agentId);
    await this.terminals.close();
    this.#options.launcher.forget(`${this.#agent.agentId}.run`);
  }

  async #askFor(question: Question, turn: TurnContext): Promise<void> {
    const answer = await this.#ask(question, turn);
    if (answer.allowed && answer.grant.redeem(question.fingerprint)) return;
    const why = answer.allowed ? 'the answer came too late' : answer.why;
    throw new RoostError(!answer.allowed && answer.status === 'cancelled' ? 'cancelled' : 'forbidden', `Not done: ${why}.`);
  }

  #ask(question: Question, turn: TurnContext): Promise<Answer> {
    const { agentId, template } = this.#agent;
    const { turnId, sessionId, signal } = turn;
    const { title, ...rest } = question;
    return this.#whileWaiting(turn, title, () =>
      this.#options.approvals.ask({ ...rest, title: title.slice(0, 500), agentId, template, turnId, sessionId, command: null }, signal),
    );
  }

  /** Says that a person is waited for only while one is. */
  async #whileWaiting<T>(turn: TurnContext, title: string, work: () => Promise<T>): Promise<T> {
    let told = false;
    const off = this.#options.approvals.onAsked((approval) => {
      if (told || approval.agentId !== this.#agent.agentId || approval.turnId !== turn.turnId) return;
      told = true;
      turn.onWaiting(true, approval.title);
    });
    try {
      return await work();
    } finally {
      off();
      if (told)
        turn.onWaiting(
          this.#options.approvals.pending.some(({ turnId }) => turnId === turn.turnId),
          title,
        );
    }
  }

  /** While an act was written down its turn may have ended: then nothing happens, and the log says so. */
  async #unlessOver(turn: TurnContext, act: string, facts: Readonly<Record<string, unknown>>): Promise<void> {
    if (!turn.signal.aborted) return;
    await this.#options.audit.record({
      actor: 'roost',
      act,
      target: this.#agent.agentId,
      detail: { ...facts, why: 'its turn was over before it began' },
    });
    throw new RoostError('cancelled', 'Not done: the turn is over.');
  }

  #root(): Promise<string> {
    return realpath(this.#agent.cwd).catch((cause: unknown) => {
      throw new RoostError('not-found', 'the workspace of this agent is gone', { cause });
    });
  }
}

function absolute(path: string): string {
  if (/^([/\\]|[A-Za-z]:)/.test(path)) return path;
  throw new RoostError('bad-request', `path must be absolute, got ${JSON.stringify(path.slice(0, 200))}`, { field: 'path' });
}
