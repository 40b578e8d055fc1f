import { RoostError } from '../../contract/errors.js';
import type { AgentSetup } from '../../contract/messages.js';
import type { SessionAbout } from '../../contract/session-about.js';
import type { ExitCause, ExitView } from '../../contract/state.js';
import type { Clock } from '../../core/base/clock.js';
import { within } from '../../core/base/deadline.js';
import type { AgentDesk } from '../approvals/agent-desk.js';
import type { Identity, Incarnation, Launcher, StopLadder } from '../process/types.js';
import { AcpConnection } from './acp-connection.js';
import type { MovedIn } from './acp-session.js';
import { type AgentLaunchFacts, agentLaunch } from './agent-launch.js';
import { ownSign } from './own-sign.js';
import type { PidState } from './pid-alive.js';
import { answers, defaultSilence, LastSign, type SilenceLimits, watchSilence } from './silence-watch.js';
import type { PromptResult, TurnListener, TurnPrompt } from './turn-prompt.js';

/** The desk that serves one agent. */
export type DeskFor = (agent: { readonly agentId: string; readonly template: string; readonly cwd: string }) => AgentDesk;

export interface AgentOptions extends AgentLaunchFacts {
  readonly template: string;
  readonly setup: AgentSetup;
  readonly deskFor?: DeskFor;
  readonly launcher: Launcher;
  readonly clock: Clock;
  readonly pidState: (pid: number) => PidState;
  /** Only for our own agent, which answers at any time: others may think for long and hear nothing meanwhile. */
  readonly silence?: SilenceLimits;
  /** Of this run of Roost: what a probe starts carries it, as every child does. */
  readonly runId?: string;
}

/** Longest wait for the exit behind a pipe that ended. */
const exitSeenMs = 1_000;
const startCauses: Readonly<Partial<Record<string, ExitCause>>> = {
  timeout: 'start-timeout',
  cancelled: 'deliberate',
  protocol: 'protocol',
  'config-invalid': 'config',
};

/** Why it ended, with what it said last. */
const exitSentence = ({ message, lastLine }: ExitView): string =>
  lastLine === undefined || message.includes(lastLine) ? message : `${message} (its last words: ${lastLine})`;

/** One live agent: a process and, for ACP, the one session it serves. It is used once and then ended. */
export class Agent {
  readonly name: string;
  readonly template: string;
  readonly sign: LastSign;
  readonly #options: AgentOptions;
  readonly #incarnation: Incarnation;
  readonly #connection: AcpConnection | undefined;
  #desk: AgentDesk | undefined;
  #folder: string;
  #movedIn: MovedIn | null = null;
  #ready = false;
  #startupMs: number | null = null;

  /** Spawns the process at once; `start` makes it warm. */
  constructor(options: AgentOptions) {
    this.name = options.name;
    this.template = options.template;
    this.#options = options;
    this.#folder = options.name;
    this.sign = new LastSign(options.clock);
    this.#incarnation = options.launcher.launch(agentLaunch(options), 1);
    const wire = this.#incarnation.wire;
    if (options.config.protocol === 'acp' && wire !== null) {
      const setup = options.config.builtin ? options.setup : undefined;
      const desk = options.deskFor?.({ agentId: options.name, template: options.template, cwd: options.config.cwd ?? options.workspace });
      this.#desk = desk;
      this.#connection = new AcpConnection({
        wire,
        setup,
        auth: options.config.auth,
        ...(desk === undefined ? {} : { desk }),
        onViolation: (message) => void this.terminate('protocol', message),
      });
    }
  }

  get pid(): number | null {
    return this.#incarnation.pid;
  }

  /** Who the process really is; null before it is known. */
  get identity(): Identity | null {
    return this.#incarnation.identity;
  }

  get startupMs(): number | null {
    return this.#startupMs;
  }

  get exit(): ExitView | null {
    return this.#incarnation.exit;
  }

  get exited(): Promise<ExitView> {
    return this.#incarnation.exited;
  }

  get log(): Incarnation['log'] {
    return this.#incarnation.log;
  }

  /** Name of the folder its session's files lie in; null where the template says a place for all. */
  get folder(): string | null {
    return this.#options.config.cwd === undefined ? this.#folder : null;
  }

  /** Its own name of the conversation, for a successor; null without a protocol. */
  get conversation(): string | null {
    return this.#connection?.sessionId ?? null;
  }

  /** How it came into the place of an agent before it; null for the first one of a session. */
  get movedIn(): MovedIn | null {
    return this.#movedIn;
  }

  /** What it tells of its session. */
  get about(): SessionAbout {
    return this.#connection?.about ?? {};
  }

  /** Warm and not a corpse, looked at this very moment. */
  get alive(): boolean {
    return this.condition !== 'gone';
  }

  /** `gone` also while it is not warm yet. */
  get condition(): PidState {
    const { exit, pid } = this.#incarnation;
    if (exit !== null || pid === null) return 'gone';
    if (this.#options.config.protocol === 'acp' ? this.#connection?.open !== true : !this.#ready) return 'gone';
    return this.#options.pidState(pid);
  }

  /** Resolves when warm. Rejects with a RoostError after ending the process itself. */
  async start(signal: AbortSignal): Promise<void> {
    const { clock, config, workspace } = this.#options;
    const startedAt = clock.monoMs();
    try {
      const outcome = await within(clock, config.initTimeout, this.#firstOf(this.#warm(config.cwd ?? workspace)), signal);
      if (outcome.kind === 'timeout') throw new RoostError('timeout', `The agent was not ready within ${config.initTimeout} ms.`);
      if (outcome.kind === 'aborted') throw new RoostError('cancelled', 'The start of the agent was called off.');
      this.#startupMs = Math.round(clock.monoMs() - startedAt);
      this.sign.seen();
    } catch (error) {
      const failure = error instanceof RoostError ? error : new RoostError('agent-failed', 'The agent failed to start.', { cause: error });
      void this.terminate(startCauses[failure.code] ?? 'crash', failure.message);
      throw this.exit?.cause === 'config' ? new RoostError('config-invalid', failure.message, { cause: error }) : failure;
    }
  }

  /**
   * Goes on where the agent before it was: in `path`, the session's folder, and in its conversation where it can.
   * Rejects with a RoostError after ending the process when it does not answer in time or dies over it.
   */
  async moveIn(place: { readonly folder: string; readonly path: string; readonly conversation: string | null }): Promise<void> {
    const { clock, config } = this.#options;
    if (this.#connection === undefined) return;
    const outcome = await within(clock, config.initTimeout, this.#firstOf(this.#connection.moveIn(config.cwd ?? place.path, place.conversation)));
    if (outcome.kind !== 'done') {
      void this.terminate('start-timeout', `it did not take over its session within ${config.initTimeout} ms`);
      throw new RoostError('timeout', `The agent did not take over the session within ${config.initTimeout} ms.`);
    }
    this.#movedIn = outcome.value;
    if (outcome.value === 'own') return;
    this.#folder = place.folder;
    this.#desk?.moveTo(config.cwd ?? place.path);
  }

  async prompt(prompt: TurnPrompt, listener: TurnListener): Promise<PromptResult> {
    if (this.#connection === undefined) throw new RoostError('not-supported', `Agents of template ${this.template} speak no protocol and take no turns.`);
    const answer = this.#firstOf(this.#connection.prompt(prompt, listener));
    if (!this.#options.config.builtin) return answer;
    const limits = this.#options.silence ?? defaultSilence;
    const watch = watchSilence(this.#options.clock, this.#connection, limits, (heardMono) => {
      this.sign.seen(heardMono);
      void this.terminate('stalled', `it gave no sign of life for ${Math.round(limits.quietMs / 1_000)} s while it had a turn`);
    });
    return answer.finally(() => watch.cancel());
  }

  /** A sign of life now. Agents of others are not asked: they are taken at their process. */
  async responds(): Promise<boolean> {
    const { clock, config, silence = defaultSilence } = this.#options;
    const asked = config.builtin ? this.#connection : undefined;
    const works = asked === undefined ? this.condition === 'running' : await answers(clock, asked, silence);
    if (works) this.sign.seen();
    return works || (asked === undefined && this.alive);
  }

  /** Asks for an early end of the turn in hand. */
  cancel(): void {
    this.#connection?.cancel();
  }

  terminate(cause: ExitCause, why: string, ladder?: Partial<StopLadder>): Promise<ExitView> {
    if (cause === 'stalled') this.sign.fix();
    // The connection goes after the signal is on its way: a pipe that ends first would be taken for the reason.
    const exited = this.#incarnation.terminate(cause, why, ladder);
    this.#connection?.close(why);
    return exited;
  }

  async #warm(cwd: string): Promise<void> {
    if (this.#connection !== undefined) return this.#connection.start(cwd);
    const { clock, config, name, runId = '' } = this.#options;
    this.#ready = await ownSign({ ready: config.ready, incarnation: this.#incarnation, clock, programs: { cwd, env: config.env, name, runId } });
  }

  /** The work, or the end of the process when that comes first. */
  async #firstOf<T>(work: Promise<T>): Promise<T> {
    const died = this.exited.then((exit) => {
      throw new RoostError(exit.cause === 'protocol' ? 'protocol' : exit.cause === 'spawn-failed' ? 'spawn-failed' : 'agent-died', exitSentence(exit), {
        details: { cause: exit.cause },
      });
    });
    // A pipe that ends is not the reason: the exit behind it has that, a moment later.
    const answered = work.catch(async (error: unknown) => {
      if (error instanceof RoostError && error.code === 'agent-died') await within(this.#options.clock, exitSeenMs, this.exited);
      throw error;
    });
    died.catch(() => undefined);
    answered.catch(() => undefined);
    return Promise.race([died, answered]);
  }
}
