import type { Config } from '../../contract/config.js';
import { RoostError } from '../../contract/errors.js';
import type { AgentSetup } from '../../contract/messages.js';
import type { ExitCause, ExitView } from '../../contract/state.js';
import type { Clock } from '../../core/base/clock.js';
import { within } from '../../core/base/deadline.js';
import type { Log } from '../../core/base/log.js';
import type { LifeDays } from '../process/life-days.js';
import type { Identity, Launcher, StopLadder } from '../process/types.js';
import { Agent, type DeskFor } from './agent.js';
import type { AgentFiles } from './agent-files.js';
import type { PidState } from './pid-alive.js';
import { agentDied, type PoolEvent } from './pool-events.js';
import type { SilenceLimits } from './silence-watch.js';
import { newSlot, type Slot, type SlotState } from './slot.js';
import type { TemplateStarts } from './template-starts.js';
import { WarmIndex } from './warm-index.js';
import { wear } from './wear.js';

/** Who a killed agent was: its pid alone may soon be somebody else's. */
export interface Victim {
  readonly name: string;
  readonly identity: Identity | null;
}

/** What an agent of a session leaves to the next one. */
export interface Place {
  /** Name of the folder with the session's files. */
  readonly folder: string;
  /** The conversation in the agent's own words. */
  readonly conversation: string | null;
}

export interface Accepted {
  readonly accepted: boolean;
  readonly message: string;
}

export type Workspaces = Pick<AgentFiles, 'highestNumber' | 'prepare' | 'dropEmpty' | 'pruneLogs'>;

export interface AgentSlotsOptions {
  readonly launcher: Launcher;
  readonly clock: Clock;
  readonly log: Log;
  templates(): Config['templates'];
  agentSetup(): AgentSetup;
  readonly deskFor?: DeskFor;
  readonly files: Workspaces;
  readonly pidState: (pid: number) => PidState;
  readonly starts: TemplateStarts;
  readonly silence?: SilenceLimits;
  readonly runId?: string;
  readonly roomEnv?: (agentId: string) => Readonly<Record<string, string>>;
  /** Figures of all agents of a template: one agent is never started again. */
  readonly daysOf?: (template: string) => LifeDays;
  /** A slot's agent became warm. */
  readonly onReady: (slot: Slot, agent: Agent) => void;
  /** Something a viewer sees has changed. */
  readonly onChange: () => void;
  /** Agents are fewer or may be started again: time to plan. */
  readonly onRoom: () => void;
  readonly onEvent: (event: PoolEvent) => void;
}

/** Log tails of agents that are gone, kept for whoever asks why. */
const keptTails = 30;

/** The lives of agents, from the decision to start one until its exit is seen; who gets them is the pool's affair. */
export class AgentSlots {
  readonly #options: AgentSlotsOptions;
  readonly #slots = new Map<string, Slot>();
  readonly #warm = new WarmIndex();
  readonly #goneTails: string[] = [];
  #nextNumber = 1;
  #spawned = 0;
  #died = 0;
  #failedStarts = 0;

  constructor(options: AgentSlotsOptions) {
    this.#options = options;
  }

  /** Numbers go on where those of earlier runs ended. */
  async open(): Promise<void> {
    this.#nextNumber = 1 + (await this.#options.files.highestNumber());
    this.#options.files.pruneLogs().catch((error: unknown) => this.#options.log.debug('old logs of agents stay', { error }));
  }

  get all(): readonly Slot[] {
    return [...this.#slots.values()];
  }

  ready(template: string): ReadonlySet<Slot> {
    return this.#warm.of(template);
  }

  get counts(): { readonly spawned: number; readonly died: number; readonly failedStarts: number } {
    return { spawned: this.#spawned, died: this.#died, failedStarts: this.#failedStarts };
  }

  named(name: string): Slot | undefined {
    return this.#slots.get(name);
  }

  set(slot: Slot, state: SlotState, detail: string): void {
    if (slot.state !== state) {
      slot.sinceMs = this.#options.clock.wallMs();
      this.#warm.file(slot, state);
    }
    slot.state = state;
    slot.detail = detail;
    this.#options.onChange();
  }

  spawn(template: string): void {
    const { clock, onChange } = this.#options;
    const name = `agent-${this.#nextNumber++}`;
    const slot = newSlot(name, template, clock);
    this.#slots.set(name, slot);
    this.#spawned += 1;
    onChange();
    this.#start(slot).catch((error: unknown) => this.#startFailed(slot, error));
  }

  /** Puts an agent into the place of the one before it in a session. Rejects with a RoostError once it is of no use any more. */
  async moveIn(agent: Agent, place: Place): Promise<void> {
    await agent.moveIn({ ...place, path: await this.#options.files.prepare(place.folder) });
  }

  /** Resolves when the exit is seen; the first cause given wins. */
  async close(slot: Slot, cause: ExitCause, why: string, ladder?: Partial<StopLadder>): Promise<void> {
    if (cause === 'deliberate' || cause === 'recycled') slot.deliberate = true;
    this.set(slot, 'closing', `closing: ${why}`);
    slot.abort.abort();
    this.#options.onRoom();
    await slot.agent?.terminate(cause, why, ladder);
  }

  /** SIGKILL to all; resolves when the exits are seen or at the deadline. */
  async killAll(why: string, deadlineMs: number): Promise<readonly Victim[]> {
    const victims = this.all.map((slot) => ({ name: slot.name, identity: slot.agent?.identity ?? null }));
    const exits = this.all.map((slot) => this.close(slot, 'deliberate', why, { termAfterMs: 0, killAfterMs: 0 }));
    await within(this.#options.clock, deadlineMs, Promise.all(exits));
    return victims;
  }

  /** `not-found` when there is no such agent. */
  closeByHand(name: string, why: string, message: string): Accepted {
    const slot = this.#slots.get(name);
    if (slot === undefined) throw new RoostError('not-found', `There is no agent named ${name}.`);
    if (slot.state === 'closing') return { accepted: false, message: 'The agent is already stopping.' };
    this.#options.daysOf?.(slot.template).startedByHand();
    void this.close(slot, 'deliberate', why);
    return { accepted: true, message };
  }

  /** Why an agent has served long enough; null while it has not. */
  worn(slot: Slot): string | null {
    const { templates, clock } = this.#options;
    const limits = templates()[slot.template]?.recycle;
    if (limits === undefined || slot.readyAtMs === null) return null;
    return wear(limits, { turns: slot.turns, ageMs: clock.monoMs() - slot.readyMonoMs, rssBytes: slot.rssBytes });
  }

  async #start(slot: Slot): Promise<void> {
    const { launcher, clock, agentSetup, deskFor, templates, files, pidState, silence, starts, onEvent, onReady, onRoom, roomEnv } = this.#options;
    const { name, template } = slot;
    const config = templates()[template];
    if (config === undefined) throw new RoostError('config-invalid', `There is no template named ${template}.`);
    const workspace = await files.prepare(name);
    if (slot.abort.signal.aborted) throw new RoostError('cancelled', 'The start of the agent was called off.');
    slot.launchedMonoMs = clock.monoMs();
    const agent = new Agent({
      name,
      template,
      config,
      setup: agentSetup(),
      workspace,
      ...(deskFor === undefined ? {} : { deskFor }),
      launcher,
      clock,
      pidState,
      ...(silence === undefined ? {} : { silence }),
      ...(this.#options.runId === undefined ? {} : { runId: this.#options.runId }),
      ...(roomEnv === undefined ? {} : { roomEnv }),
    });
    slot.agent = agent;
    void agent.exited.then((exit) => this.#exited(slot, exit));
    await agent.start(slot.abort.signal);
    slot.readyAtMs = clock.wallMs();
    slot.readyMonoMs = clock.monoMs();
    if (agent.startupMs !== null) starts.took(agent.startupMs);
    if (starts.guard(template).succeeded()) onEvent({ kind: 'recovered', template, message: `Agents of template ${template} start again.` });
    // Closed or dead in the very moment it became ready: its exit tells the rest.
    if (slot.state === 'starting' && agent.exit === null) onReady(slot, agent);
    onRoom();
  }

  #startFailed(slot: Slot, error: unknown): void {
    const { log, onEvent, onChange, onRoom, starts } = this.#options;
    const { name, template } = slot;
    if (slot.agent === undefined) this.#slots.delete(name);
    else this.set(slot, 'closing', 'its start failed');
    if (!slot.deliberate) {
      const message = error instanceof Error ? error.message : String(error);
      this.#failedStarts += 1;
      log.warn('an agent did not start', { agent: name, template, error });
      onEvent({ kind: 'start-failed', agentId: name, template, message });
      const lasting = error instanceof RoostError && error.code === 'config-invalid';
      if (starts.guard(template).failed(slot.launchedMonoMs, message, lasting)) this.#suspended(template);
    }
    onChange();
    onRoom();
  }

  #exited(slot: Slot, exit: ExitView): void {
    this.#warm.file(slot, 'closing');
    const { launcher, files, clock, starts, onEvent, onChange, onRoom } = this.#options;
    const { name, template } = slot;
    this.#slots.delete(name);
    void files.dropEmpty(name);
    this.#goneTails.push(name);
    if (this.#goneTails.length > keptTails) launcher.forget(this.#goneTails.shift() as string);
    if (slot.readyAtMs !== null) this.#options.daysOf?.(template).ran(clock.monoMs() - slot.readyMonoMs);
    // One that never became ready is a failed start, counted there.
    if (slot.readyAtMs !== null && !slot.deliberate) {
      this.#died += 1;
      this.#options.daysOf?.(template).failed();
      this.#options.daysOf?.(template).startedAgain(exit.cause);
      onEvent(agentDied(slot, exit));
      const unused = slot.sessionId === null;
      if (unused && starts.guard(template).diedIdle(clock.monoMs() - slot.readyMonoMs, exit.message)) this.#suspended(template);
    }
    onChange();
    onRoom();
  }

  #suspended(template: string): void {
    const message = this.#options.starts.trouble(template)?.message ?? `Agents of template ${template} do not start.`;
    this.#options.onEvent({ kind: 'suspended', template, message });
  }
}
