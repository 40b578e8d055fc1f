import type { Config } from '../../contract/config.js';
import { RoostError } from '../../contract/errors.js';
import type { AgentSetup } from '../../contract/messages.js';
import type { ExitCause, ExitView, PoolView, ProcessView } from '../../contract/state.js';
import type { Clock, Random, Timer } from '../../core/base/clock.js';
import { within } from '../../core/base/deadline.js';
import { Emitter } from '../../core/base/emitter.js';
import type { Log } from '../../core/base/log.js';
import { Scope } from '../../core/base/scope.js';
import type { Launcher } from '../process/types.js';
import { Agent } from './agent.js';
import { AgentFiles } from './agent-files.js';
import { AgentLine } from './agent-line.js';
import { pidAlive } from './pid-alive.js';
import { plan } from './plan.js';
import { processView, slotView, type Slot, type SlotState } from './slot.js';
import { StartGuard } from './start-guard.js';

export type PoolEvent =
  | { readonly kind: 'agent-died' | 'start-failed'; readonly agentId: string; readonly template: string; readonly message: string }
  | { readonly kind: 'suspended' | 'recovered'; readonly template: string; readonly message: string };

export interface WarmPoolOptions {
  readonly launcher: Launcher;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly config: Pick<Config, 'pool' | 'templates'>;
  readonly agentSetup: AgentSetup;
  readonly dataDir: string;
  readonly pidAlive?: (pid: number) => boolean;
  readonly files?: Pick<AgentFiles, 'highestNumber' | 'prepare' | 'dropEmpty' | 'pruneLogs'>;
}

/** A hand-out is answered first; starting the next process blocks the loop for milliseconds. */
const refillDelayMs = 10;
/** Log tails of agents that are gone, kept for whoever asks why. */
const keptTails = 30;
const stopDeadlineMs = 8_000;
const startupSamples = 20;
const defaultStartupMs = 1_500;

/** Keeps agents warm, hands each out once, and replaces what dies. */
export class WarmPool {
  readonly #options: WarmPoolOptions;
  readonly #files: Pick<AgentFiles, 'highestNumber' | 'prepare' | 'dropEmpty' | 'pruneLogs'>;
  readonly #scope: Scope;
  readonly #slots = new Map<string, Slot>();
  readonly #guards = new Map<string, StartGuard>();
  readonly #line: AgentLine;
  readonly #changes: Emitter<void>;
  readonly #events: Emitter<PoolEvent>;
  readonly #stats = { spawned: 0, assigned: 0, prewarmedHits: 0, died: 0, failedStarts: 0 };
  readonly #startups: number[] = [];
  readonly #goneTails: string[] = [];
  #target: number;
  #nextNumber = 1;
  #started = false;
  #timer: { readonly atMs: number; readonly timer: Timer } | undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: WarmPoolOptions) {
    this.#options = options;
    this.#files = options.files ?? new AgentFiles(options.dataDir);
    const onError = (error: unknown): void => options.log.error('a listener of the pool failed', { error });
    this.#scope = new Scope(options.clock, (name, error) => options.log.error('the pool failed in a step', { step: name, error }));
    this.#changes = new Emitter(onError);
    this.#events = new Emitter(onError);
    this.#line = new AgentLine(options.clock);
    this.#target = options.config.pool.size;
  }

  async start(): Promise<void> {
    this.#nextNumber = 1 + (await this.#files.highestNumber());
    void this.#files.pruneLogs();
    if (this.#scope.closed) return;
    this.#started = true;
    this.#scope.every('check', this.#options.config.pool.checkEvery, () => this.#check());
    this.#reconcile();
  }

  /** Ends every agent. Idempotent; resolves when all exits are seen or after 8 s. */
  stop(): Promise<void> {
    this.#stopping ??= (async () => {
      this.#timer?.timer.cancel();
      await this.#scope.close();
      this.#line.rejectAll(new RoostError('shutting-down', 'Roost is shutting down.'));
      const exits = [...this.#slots.values()].map((slot) => this.#close(slot, 'deliberate', 'Roost is shutting down'));
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

  get target(): number {
    return this.#target;
  }

  resize(target: number): number {
    this.#target = target;
    this.#soon(0);
    this.#changes.emit();
    return target;
  }

  /** A warm agent at once, looked at right now, or undefined. The caller owns it: `assign` it, `giveBack` or `release`. */
  acquire(template: string): Agent | undefined {
    // Those in line come first.
    if (this.#scope.closed || this.#line.waiting(template) > 0) return undefined;
    const agent = this.#takeReady(template);
    if (agent === undefined) return undefined;
    this.#stats.prewarmedHits += 1;
    this.#soon(refillDelayMs);
    return agent;
  }

  /**
   * An agent as soon as there is one, first come first served. Rejects with `circuit-open` while starts
   * of the template are suspended, `spawn-failed` when they become so, `timeout`, `cancelled` or `shutting-down`.
   */
  spawnFor(template: string, options: { readonly signal?: AbortSignal; readonly deadlineMs?: number } = {}): Promise<Agent> {
    if (this.#scope.closed) return Promise.reject(new RoostError('shutting-down', 'Roost is shutting down.'));
    const config = this.#options.config.templates[template];
    if (config === undefined) return Promise.reject(new RoostError('bad-request', `There is no template named ${template}.`, { field: 'template' }));
    const trouble = this.trouble(template);
    if (trouble !== null && trouble.retryAfterMs > 0) return Promise.reject(new RoostError('circuit-open', trouble.message, { retryAfterMs: trouble.retryAfterMs }));
    const ready = this.#line.waiting(template) === 0 ? this.#takeReady(template) : undefined;
    if (ready !== undefined) {
      this.#soon(refillDelayMs);
      return Promise.resolve(ready);
    }
    const waited = this.#line.join(template, options.deadlineMs ?? config.initTimeout * 3 + 20_000, options.signal);
    this.#reconcile();
    return waited;
  }

  /** The agent now serves this session; `busy` while a turn is in hand. */
  assign(agent: Agent, sessionId: string, busy = false): void {
    const slot = this.#slots.get(agent.name);
    if (slot === undefined || slot.state === 'closing') return;
    slot.sessionId = sessionId;
    this.#set(slot, busy ? 'busy' : 'assigned', busy ? `answers a turn of session ${sessionId}` : `serves session ${sessionId}`);
  }

  /** Returns an agent that was acquired and never used. */
  giveBack(agent: Agent): void {
    const slot = this.#slots.get(agent.name);
    if (slot === undefined || slot.state !== 'assigned' || slot.sessionId !== null) return void this.release(agent, 'its session has ended');
    this.#offer(slot, agent);
  }

  /** Ends an agent: it has served its session. */
  async release(agent: Agent, why = 'its session has ended', cause: ExitCause = 'deliberate'): Promise<void> {
    const slot = this.#slots.get(agent.name);
    if (slot !== undefined) await this.#close(slot, cause, why);
  }

  /** Why this template cannot be started now; `retryAfterMs` is 0 once a probe is due. */
  trouble(template: string): { readonly message: string; readonly retryAfterMs: number } | null {
    const guard = this.#guards.get(template);
    if (guard === undefined || guard.trouble === null) return null;
    return { message: `Agents of template ${template} do not start: ${guard.trouble}`, retryAfterMs: guard.retryInMs ?? 0 };
  }

  /** Milliseconds a new caller would wait for an agent of this template. */
  estimateMs(template: string): number {
    const sorted = [...this.#startups].sort((a, b) => a - b);
    const startupMs = sorted[Math.floor(sorted.length / 2)] ?? defaultStartupMs;
    return Math.round(startupMs * (1 + Math.floor(this.#line.waiting(template) / this.#options.config.pool.spawnConcurrency)));
  }

  view(waitingSessions: number): PoolView {
    const { pool } = this.#options.config;
    const slots = [...this.#slots.values()];
    const troubles = Object.keys(this.#options.config.templates).flatMap((template) => this.trouble(template)?.message ?? []);
    return {
      template: pool.template,
      target: this.#target,
      ready: count(slots, 'ready'),
      starting: count(slots, 'starting'),
      assigned: count(slots, 'assigned') + count(slots, 'busy'),
      capacity: pool.capacity,
      waiting: waitingSessions,
      slots: slots.map(slotView),
      stats: { ...this.#stats },
      trouble: troubles.length === 0 ? null : troubles.join(' '),
    };
  }

  views(): ProcessView[] {
    return [...this.#slots.values()].map((slot) => processView(slot, this.#options.clock.wallMs()));
  }

  setUsage(name: string, usage: { readonly rssBytes: number | null; readonly cpuPercent: number | null }): void {
    const slot = this.#slots.get(name);
    if (slot === undefined) return;
    slot.rssBytes = usage.rssBytes;
    slot.cpuPercent = usage.cpuPercent;
  }

  restart(name: string): { readonly accepted: boolean; readonly message: string } {
    return this.#endByHand(name, 'restarted by hand', 'The agent is being replaced.');
  }

  /** undefined when there is no such agent. */
  stopAgent(name: string): { readonly accepted: boolean; readonly message: string } {
    return this.#endByHand(name, 'stopped by hand', 'The agent is being stopped; the pool starts another one where its target asks for it.');
  }

  #endByHand(name: string, why: string, message: string): { readonly accepted: boolean; readonly message: string } {
    const slot = this.#slots.get(name);
    if (slot === undefined) throw new RoostError('not-found', `There is no agent named ${name}.`);
    if (slot.state === 'closing') return { accepted: false, message: 'The agent is already stopping.' };
    void this.#close(slot, 'deliberate', why);
    return { accepted: true, message };
  }

  #takeReady(template: string): Agent | undefined {
    for (const slot of this.#slots.values()) {
      if (slot.template !== template || slot.state !== 'ready' || slot.agent === undefined) continue;
      if (slot.agent.alive) return this.#handOut(slot, slot.agent);
      void this.#close(slot, 'unresponsive', 'it was found dead when it was to be handed out');
    }
    return undefined;
  }

  #handOut(slot: Slot, agent: Agent): Agent {
    this.#stats.assigned += 1;
    this.#set(slot, 'assigned', 'handed out');
    return agent;
  }

  #check(): void {
    for (const slot of this.#slots.values()) {
      if (slot.state === 'ready' && slot.agent?.alive !== true) void this.#close(slot, 'unresponsive', 'it was found dead while idle');
    }
    this.#reconcile();
  }

  /** Plans again after `delayMs`, once for all callers within that time. */
  #soon(delayMs: number): void {
    const { clock } = this.#options;
    const atMs = clock.monoMs() + delayMs;
    if (this.#scope.closed || (this.#timer !== undefined && this.#timer.atMs <= atMs)) return;
    this.#timer?.timer.cancel();
    this.#timer = { atMs, timer: clock.after(delayMs, () => ((this.#timer = undefined), this.#reconcile())) };
  }

  #reconcile(): void {
    if (!this.#started || this.#scope.closed) return;
    const { pool, templates } = this.#options.config;
    const slots = [...this.#slots.values()];
    const demands = Object.keys(templates).map((template) => {
      const own = slots.filter((slot) => slot.template === template);
      const guard = this.#guard(template);
      const retryInMs = guard.retryInMs;
      if (retryInMs !== null) this.#soon(retryInMs);
      return { template, waiting: this.#line.waiting(template), target: template === pool.template ? this.#target : 0, ready: count(own, 'ready'), starting: count(own, 'starting'), allowed: guard.allowed(pool.spawnConcurrency) };
    });
    const { spawn, close } = plan(demands, { spawnConcurrency: pool.spawnConcurrency, live: slots.length, maxLive: pool.capacity + this.#target + pool.spawnConcurrency });
    for (const [template, surplus] of close) {
      for (const slot of slots.filter((idle) => idle.template === template && idle.state === 'ready').slice(0, surplus)) void this.#close(slot, 'deliberate', 'the pool is larger than its target');
    }
    for (const template of spawn) this.#spawn(template);
  }

  #spawn(template: string): void {
    const { clock } = this.#options;
    const name = `agent-${this.#nextNumber++}`;
    const now = clock.wallMs();
    const slot: Slot = { name, template, abort: new AbortController(), state: 'starting', agent: undefined, sessionId: null, deliberate: false, detail: 'starting', sinceMs: now, startedAtMs: now, readyAtMs: null, launchedMonoMs: clock.monoMs(), readyMonoMs: 0, rssBytes: null, cpuPercent: null };
    this.#slots.set(name, slot);
    this.#stats.spawned += 1;
    this.#changes.emit();
    this.#startAgent(slot).catch((error: unknown) => this.#startFailed(slot, error));
  }

  async #startAgent(slot: Slot): Promise<void> {
    const { launcher, clock, agentSetup } = this.#options;
    const config = this.#options.config.templates[slot.template];
    if (config === undefined) throw new RoostError('config-invalid', `There is no template named ${slot.template}.`);
    const workspace = await this.#files.prepare(slot.name);
    if (slot.abort.signal.aborted) throw new RoostError('cancelled', 'The start of the agent was called off.');
    slot.launchedMonoMs = clock.monoMs();
    const agent = new Agent({ name: slot.name, template: slot.template, config, setup: agentSetup, workspace, launcher, clock, pidAlive: this.#options.pidAlive ?? pidAlive });
    slot.agent = agent;
    void agent.exited.then((exit) => this.#exited(slot, exit));
    await agent.start(slot.abort.signal);
    slot.readyAtMs = clock.wallMs();
    slot.readyMonoMs = clock.monoMs();
    this.#startups.push(agent.startupMs ?? defaultStartupMs);
    if (this.#startups.length > startupSamples) this.#startups.shift();
    if (this.#guard(slot.template).succeeded()) this.#events.emit({ kind: 'recovered', template: slot.template, message: `Agents of template ${slot.template} start again.` });
    // Closed or dead in the very moment it became ready: its exit tells the rest.
    if (slot.state === 'starting' && agent.exit === null) this.#offer(slot, agent);
    this.#soon(0);
  }

  #offer(slot: Slot, agent: Agent): void {
    if (this.#line.waiting(slot.template) > 0 && agent.alive) {
      this.#handOut(slot, agent);
      // The caller at the head may have left just now; then the next one gets it.
      if (this.#line.serve(slot.template, agent)) return this.#soon(refillDelayMs);
    }
    slot.sessionId = null;
    this.#set(slot, 'ready', 'warm, ready for a session');
    this.#soon(0);
  }

  #startFailed(slot: Slot, error: unknown): void {
    const calledOff = slot.deliberate || this.#scope.closed;
    if (slot.agent === undefined) this.#slots.delete(slot.name);
    else this.#set(slot, 'closing', 'its start failed');
    if (calledOff) return this.#soon(0);
    const reason = error instanceof Error ? error.message : String(error);
    this.#stats.failedStarts += 1;
    this.#options.log.warn('an agent did not start', { agent: slot.name, template: slot.template, error });
    this.#events.emit({ kind: 'start-failed', agentId: slot.name, template: slot.template, message: reason });
    if (this.#guard(slot.template).failed(slot.launchedMonoMs, reason)) this.#suspend(slot.template);
    this.#changes.emit();
    this.#soon(0);
  }

  #suspend(template: string): void {
    const trouble = this.trouble(template);
    const message = trouble?.message ?? `Agents of template ${template} do not start.`;
    this.#line.rejectTemplate(template, new RoostError('spawn-failed', message, { retryAfterMs: trouble?.retryAfterMs ?? 0 }));
    this.#events.emit({ kind: 'suspended', template, message });
  }

  #exited(slot: Slot, exit: ExitView): void {
    this.#slots.delete(slot.name);
    void this.#files.dropEmpty(slot.name);
    this.#goneTails.push(slot.name);
    if (this.#goneTails.length > keptTails) this.#options.launcher.forget(this.#goneTails.shift() as string);
    // One that never became ready is a failed start, counted there.
    if (slot.readyAtMs !== null && !slot.deliberate) {
      this.#stats.died += 1;
      this.#events.emit({ kind: 'agent-died', agentId: slot.name, template: slot.template, message: exit.message });
      const readyForMs = this.#options.clock.monoMs() - slot.readyMonoMs;
      if (slot.sessionId === null && this.#guard(slot.template).diedIdle(readyForMs, exit.message)) this.#suspend(slot.template);
    }
    this.#changes.emit();
    this.#soon(0);
  }

  async #close(slot: Slot, cause: ExitCause, why: string): Promise<void> {
    if (cause === 'deliberate') slot.deliberate = true;
    this.#set(slot, 'closing', `closing: ${why}`);
    slot.abort.abort();
    this.#soon(0);
    await slot.agent?.terminate(cause, why);
  }

  #set(slot: Slot, state: SlotState, detail: string): void {
    if (slot.state !== state) slot.sinceMs = this.#options.clock.wallMs();
    slot.state = state;
    slot.detail = detail;
    this.#changes.emit();
  }

  #guard(template: string): StartGuard {
    let guard = this.#guards.get(template);
    if (guard === undefined) this.#guards.set(template, (guard = new StartGuard(this.#options.clock, this.#options.random)));
    return guard;
  }
}

const count = (slots: readonly Slot[], state: SlotState): number => slots.filter((slot) => slot.state === state).length;
