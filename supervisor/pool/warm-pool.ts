import { freemem } from 'node:os';
import type { Config } from '../../contract/config.js';
import { RoostError } from '../../contract/errors.js';
import type { AgentSetup } from '../../contract/messages.js';
import type { ExitCause, PoolView, ProcessView } from '../../contract/state.js';
import type { Clock, Random } from '../../core/base/clock.js';
import { within } from '../../core/base/deadline.js';
import { Emitter } from '../../core/base/emitter.js';
import type { Log } from '../../core/base/log.js';
import { Scope } from '../../core/base/scope.js';
import type { LifeDays } from '../process/life-days.js';
import type { Launcher } from '../process/types.js';
import type { Agent, DeskFor } from './agent.js';
import { AgentFiles } from './agent-files.js';
import { AgentLine } from './agent-line.js';
import { AgentMemory, type MachineMemory } from './agent-memory.js';
import { type Accepted, AgentSlots, type Place, type PoolEvent, type Victim, type Workspaces } from './agent-slots.js';
import { HandOut } from './hand-out.js';
import { type PidState, pidState } from './pid-alive.js';
import { PoolReport } from './pool-report.js';
import { Refill } from './refill.js';
import type { SilenceLimits } from './silence-watch.js';
import { processView } from './slot.js';
import { TemplateStarts, type Trouble } from './template-starts.js';
import { Tempo } from './warm-target.js';

export type { PoolEvent } from './agent-slots.js';

export interface WarmPoolOptions {
  readonly launcher: Launcher;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly config: Pick<Config, 'pool' | 'templates'>;
  /** What the built-in agent is told at its start, as it is then. */
  agentSetup(): AgentSetup;
  readonly dataDir: string;
  /** Who serves the requests of an agent; without it agents may ask for nothing. */
  readonly deskFor?: DeskFor;
  readonly pidState?: (pid: number) => PidState;
  readonly files?: Workspaces;
  /** For tests; else asked from the system. */
  readonly machineMemory?: () => MachineMemory;
  /** When an agent of ours counts as frozen. */
  readonly silence?: SilenceLimits;
  readonly runId?: string;
  /** Figures of the agents of a template, over restarts of Roost. */
  readonly daysOf?: (template: string) => LifeDays;
  /** What an agent without a protocol is told about its room. */
  readonly roomEnv?: (agentId: string) => Readonly<Record<string, string>>;
}

const stopDeadlineMs = 8_000;
const killDeadlineMs = 3_000;

/** Keeps agents warm, hands each out once, and replaces what dies. */
export class WarmPool {
  readonly #options: WarmPoolOptions;
  readonly #scope: Scope;
  readonly #slots: AgentSlots;
  readonly #starts: TemplateStarts;
  readonly #line: AgentLine;
  readonly #refill: Refill;
  readonly #changes: Emitter<void>;
  readonly #events: Emitter<PoolEvent>;
  readonly #memory = new AgentMemory();
  readonly #tempo: Tempo;
  readonly #handOut: HandOut;
  readonly #report: PoolReport;
  #target: number;
  #stopping: Promise<void> | undefined;
  #held = false;

  constructor(options: WarmPoolOptions) {
    const { clock, log, config } = options;
    this.#options = options;
    this.#scope = new Scope(clock, (step, error) => log.error('the pool failed in a step', { step, error }));
    const onError = (error: unknown): void => log.error('a listener of the pool failed', { error });
    this.#changes = new Emitter(onError);
    this.#events = new Emitter(onError);
    this.#line = new AgentLine(clock);
    this.#target = config.pool.size;
    this.#starts = new TemplateStarts(options);
    this.#slots = new AgentSlots({
      ...options,
      templates: () => config.templates,
      files: options.files ?? new AgentFiles(options.dataDir),
      pidState: options.pidState ?? pidState,
      starts: this.#starts,
      onReady: (slot, agent) => this.#handOut.offer(slot, agent),
      onChange: () => this.#changes.emit(),
      onRoom: () => this.#refill.soon(0),
      onEvent: (event) => this.#happened(event),
    });
    this.#tempo = new Tempo(clock.monoMs());
    const shared = { clock, config, slots: this.#slots, starts: this.#starts, line: this.#line, tempo: this.#tempo };
    this.#refill = new Refill({
      ...shared,
      memory: this.#memory,
      machine: options.machineMemory ?? (() => ({ freeBytes: freemem() })),
      target: () => this.#target,
      held: () => this.#held,
    });
    this.#handOut = new HandOut({ ...shared, refill: this.#refill, closed: () => this.#scope.closed });
    this.#report = new PoolReport({
      ...shared,
      refill: this.#refill,
      handOut: this.#handOut,
      memory: this.#memory,
      target: () => this.#target,
      ...(options.daysOf === undefined ? {} : { daysOf: options.daysOf }),
    });
  }

  /** Resolves once the first agents are being started; watch `view` for the warm ones. */
  async start(): Promise<void> {
    await this.#slots.open();
    if (this.#scope.closed) return;
    const { config } = this.#options;
    this.#scope.everyNow(
      'check',
      () => config.pool.checkEvery,
      () => {
        this.#slots.checkIdle();
        this.#refill.now();
        const news = this.#report.memoryNews();
        if (news !== null) this.#events.emit(news);
      },
    );
    this.#refill.start();
  }

  /** Ends every agent. Idempotent; resolves when all exits are seen or after 8 s. */
  stop(): Promise<void> {
    this.#stopping ??= (async () => {
      this.#refill.stop();
      await this.#scope.close();
      this.#line.rejectAll(new RoostError('shutting-down', 'Roost is shutting down.'));
      const exits = this.#slots.all.map((slot) => this.#slots.close(slot, 'deliberate', 'Roost is shutting down'));
      await within(this.#options.clock, stopDeadlineMs, Promise.all(exits));
    })();
    return this.#stopping;
  }

  onChange(listener: () => void): () => void {
    return this.#changes.on(listener);
  }

  onEvent(listener: (event: PoolEvent) => void): () => void {
    return this.#events.on(listener);
  }

  get hasAgents(): boolean {
    return this.#slots.all.length > 0;
  }

  get target(): number {
    return this.#target;
  }

  resize(target: number): number {
    this.#target = target;
    this.#refill.soon(0);
    this.#changes.emit();
    return target;
  }

  /** The rules or the templates have changed: looks again at what has to run. */
  replan(): void {
    this.#refill.soon(0);
    this.#changes.emit();
  }

  /** Replaces the idle agents of some templates; those that serve a session go on with it. */
  renewIdle(affected: (template: string) => boolean, why: string): void {
    for (const slot of this.#slots.all) {
      if (affected(slot.template) && (slot.state === 'ready' || slot.state === 'starting')) void this.#slots.close(slot, 'deliberate', why);
    }
    this.#starts.forget(affected);
    this.#memory.forget(affected);
    this.replan();
  }

  /** Templates that no longer exist: nobody is started from them any more. */
  dropTemplates(names: readonly string[]): void {
    for (const name of names)
      this.#line.rejectTemplate(name, new RoostError('bad-request', `There is no template named ${name} any more.`, { field: 'template' }));
    this.renewIdle((template) => names.includes(template), 'its template is no longer in the config');
  }

  /** While held no agent is started, whatever the target says; those that are there stay. */
  hold(on: boolean): void {
    if (this.#held === on) return;
    this.#held = on;
    if (on) return;
    const templates = Object.keys(this.#options.config.templates);
    for (const template of templates) this.#events.emit({ kind: 'recovered', template, message: `${template} may start again.` });
    this.#refill.soon(0);
  }

  /** Ends every agent at once and tells who they were; resolves when the exits are seen or after 3 s. */
  killAll(why: string): Promise<readonly Victim[]> {
    return this.#slots.killAll(why, killDeadlineMs);
  }

  /** A warm agent at once, looked at right now, or undefined. The caller owns it: `assign` it, `giveBack` or `release`. */
  acquire(template: string): Agent | undefined {
    return this.#handOut.acquire(template);
  }

  /**
   * An agent as soon as there is one, first come first served. Rejects with `circuit-open` while starts
   * of the template are suspended, `spawn-failed` when they become so, `timeout`, `cancelled` or `shutting-down`.
   */
  spawnFor(template: string, options: { readonly signal?: AbortSignal; readonly deadlineMs?: number } = {}): Promise<Agent> {
    return this.#handOut.spawnFor(template, options);
  }

  /** Whether a new session could have an agent: a warm one, or one for which there is memory. */
  admits(template: string): boolean {
    return this.#slots.ready(template).size > this.#line.waiting(template) || this.#refill.affords(template);
  }

  /** Why this agent should be replaced before its session's next turn; null while it is good. Programs without a protocol cannot be told what was said before, so they stay. */
  worn(agent: Agent): string | null {
    const slot = this.#slots.named(agent.name);
    if (slot?.state !== 'assigned' || this.#options.config.templates[slot.template]?.protocol !== 'acp') return null;
    return this.#slots.worn(slot);
  }

  /** The agent now serves this session; `busy` while a turn is in hand. */
  assign(agent: Agent, sessionId: string, busy = false): void {
    const slot = this.#slots.named(agent.name);
    if (slot === undefined || slot.state === 'closing') return;
    slot.sessionId = sessionId;
    if (busy) slot.turns += 1;
    this.#slots.set(slot, busy ? 'busy' : 'assigned', busy ? `answers a turn of session ${sessionId}` : `serves session ${sessionId}`);
  }

  /** An agent that was just acquired goes on where another one of its template was. Rejects with a RoostError once it is of no use any more. */
  moveIn(agent: Agent, place: Place): Promise<void> {
    return this.#slots.moveIn(agent, place);
  }

  /** Returns an agent that was acquired and never used. */
  giveBack(agent: Agent): void {
    const slot = this.#slots.named(agent.name);
    if (slot?.state === 'assigned' && slot.sessionId === null) this.#handOut.offer(slot, agent);
    else void this.release(agent);
  }

  /** Ends an agent: it has served its session. Resolves when its exit is seen. */
  async release(agent: Agent, why = 'its session has ended', cause: ExitCause = 'deliberate'): Promise<void> {
    const slot = this.#slots.named(agent.name);
    if (slot !== undefined) await this.#slots.close(slot, cause, why);
  }

  trouble(template: string): Trouble | null {
    return this.#starts.trouble(template);
  }

  /** Milliseconds a new caller would wait for an agent of this template. */
  estimateMs(template: string): number {
    return Math.round(this.#starts.usualMs * (1 + Math.floor(this.#line.waiting(template) / this.#options.config.pool.spawnConcurrency)));
  }

  view(waitingSessions: number): PoolView {
    return this.#report.view(waitingSessions);
  }

  views(): ProcessView[] {
    return this.#slots.all.map((slot) => processView(slot, this.#options.clock.wallMs()));
  }

  setUsage(name: string, usage: { readonly rssBytes: number | null; readonly cpuPercent: number | null }): void {
    const slot = this.#slots.named(name);
    if (slot === undefined) return;
    Object.assign(slot, { rssBytes: usage.rssBytes, cpuPercent: usage.cpuPercent });
    if (usage.rssBytes !== null) this.#memory.measured(slot.template, usage.rssBytes);
  }

  restart(name: string): Accepted {
    return this.#slots.closeByHand(name, 'restarted by hand', 'The agent is being replaced.');
  }

  stopAgent(name: string): Accepted {
    return this.#slots.closeByHand(name, 'stopped by hand', 'The agent is being stopped; the pool starts another one where its target asks for it.');
  }

  #happened(event: PoolEvent): void {
    if (event.kind === 'suspended') {
      const retryAfterMs = this.trouble(event.template)?.retryAfterMs ?? 0;
      this.#line.rejectTemplate(event.template, new RoostError('spawn-failed', event.message, { retryAfterMs }));
    }
    this.#events.emit(event);
  }
}
