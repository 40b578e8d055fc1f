import { RoostError } from '../../contract/errors.js';
import type { ExitCause, PoolView, ProcessView } from '../../contract/state.js';
import { within } from '../../core/base/deadline.js';
import { Emitter } from '../../core/base/emitter.js';
import { Scope } from '../../core/base/scope.js';
import type { Agent } from './agent.js';
import type { Accepted, Place, Victim } from './agent-slots.js';
import type { PoolEvent } from './pool-events.js';
import { type PoolParts, poolParts, type WarmPoolOptions } from './pool-parts.js';
import { processView } from './slot.js';
import type { Trouble } from './template-starts.js';

export type { PoolEvent } from './pool-events.js';
export type { WarmPoolOptions } from './pool-parts.js';

const stopDeadlineMs = 8_000;
const killDeadlineMs = 3_000;

/** Keeps agents warm, hands each out once, and replaces what dies. */
export class WarmPool {
  readonly #options: WarmPoolOptions;
  readonly #scope: Scope;
  readonly #parts: PoolParts;
  readonly #changes: Emitter<void>;
  readonly #events: Emitter<PoolEvent>;
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
    this.#target = config.pool.size;
    this.#parts = poolParts(options, {
      target: () => this.#target,
      held: () => this.#held,
      closed: () => this.#scope.closed,
      onChange: () => this.#changes.emit(),
      onEvent: (event) => this.#happened(event),
    });
  }

  /** Resolves once the first agents are being started; watch `view` for the warm ones. */
  async start(): Promise<void> {
    await this.#parts.slots.open();
    if (this.#scope.closed) return;
    const { config } = this.#options;
    this.#scope.everyNow(
      'check',
      () => config.pool.checkEvery,
      () => {
        this.#parts.idle.run();
        this.#parts.refill.now();
        const news = this.#parts.report.memoryNews();
        if (news !== null) this.#events.emit(news);
      },
    );
    this.#parts.refill.start();
  }

  /** Ends every agent. Idempotent; resolves when all exits are seen or after 8 s. */
  stop(): Promise<void> {
    this.#stopping ??= (async () => {
      this.#parts.refill.stop();
      this.#parts.idle.stop();
      await this.#scope.close();
      this.#parts.line.rejectAll(new RoostError('shutting-down', 'Roost is shutting down.'));
      const exits = this.#parts.slots.all.map((slot) => this.#parts.slots.close(slot, 'deliberate', 'Roost is shutting down'));
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
    return this.#parts.slots.all.length > 0;
  }

  get target(): number {
    return this.#target;
  }

  /** By a person: what keeps failing is tried once more, too. */
  resize(target: number): number {
    this.#target = target;
    this.#parts.starts.tryNow();
    this.#parts.tempo.askedFor(this.#options.config.pool.template, this.#options.clock.monoMs());
    this.#parts.refill.soon(0);
    this.#changes.emit();
    return target;
  }

  /** The rules or the templates have changed: looks again at what has to run. */
  replan(): void {
    this.#parts.refill.soon(0);
    this.#changes.emit();
  }

  /** Replaces the idle agents of some templates; those that serve a session go on with it. */
  renewIdle(affected: (template: string) => boolean, why: string): void {
    for (const slot of this.#parts.slots.all) {
      if (affected(slot.template) && (slot.state === 'ready' || slot.state === 'starting')) void this.#parts.slots.close(slot, 'deliberate', why);
    }
    this.#parts.starts.forget(affected);
    this.#parts.memory.forget(affected);
    this.replan();
  }

  /** Templates that no longer exist: nobody is started from them any more. */
  dropTemplates(names: readonly string[]): void {
    for (const name of names)
      this.#parts.line.rejectTemplate(name, new RoostError('bad-request', `There is no template named ${name} any more.`, { field: 'template' }));
    this.renewIdle((template) => names.includes(template), 'its template is no longer in the config');
  }

  /** While held no agent is started, whatever the target says; those that are there stay. */
  hold(on: boolean): void {
    if (this.#held === on) return;
    this.#held = on;
    if (on) return;
    const templates = Object.keys(this.#options.config.templates);
    for (const template of templates) this.#events.emit({ kind: 'recovered', template, message: `${template} may start again.` });
    this.#parts.refill.soon(0);
  }

  /** Ends every agent at once and tells who they were; resolves when the exits are seen or after 3 s. */
  killAll(why: string): Promise<readonly Victim[]> {
    return this.#parts.slots.killAll(why, killDeadlineMs);
  }

  /** A warm agent at once, looked at right now, or undefined. The caller owns it: `assign` it, `giveBack` or `release`. */
  acquire(template: string): Agent | undefined {
    return this.#parts.handOut.acquire(template);
  }

  /**
   * An agent as soon as there is one, first come first served. Rejects with `circuit-open` while starts
   * of the template are suspended, `spawn-failed` when they become so, `timeout`, `cancelled` or `shutting-down`.
   */
  spawnFor(template: string, options: { readonly signal?: AbortSignal; readonly deadlineMs?: number } = {}): Promise<Agent> {
    return this.#parts.handOut.spawnFor(template, options);
  }

  /** Whether a new session could have an agent: a warm one, or one for which there is memory. */
  admits(template: string): boolean {
    return this.#parts.slots.ready(template).size > this.#parts.line.waiting(template) || this.#parts.refill.affords(template);
  }

  /** Why this agent should be replaced before its session's next turn; null while it is good. Programs without a protocol cannot be told what was said before, so they stay. */
  worn(agent: Agent): string | null {
    const slot = this.#parts.slots.named(agent.name);
    if (slot?.state !== 'assigned' || this.#options.config.templates[slot.template]?.protocol !== 'acp') return null;
    return this.#parts.slots.worn(slot);
  }

  /** The agent now serves this session; `busy` while a turn is in hand. */
  assign(agent: Agent, sessionId: string, busy = false): void {
    const slot = this.#parts.slots.named(agent.name);
    if (slot === undefined || slot.state === 'closing') return;
    slot.sessionId = sessionId;
    if (busy) slot.turns += 1;
    this.#parts.slots.set(slot, busy ? 'busy' : 'assigned', busy ? `answers a turn of session ${sessionId}` : `serves session ${sessionId}`);
  }

  /** An agent that was just acquired goes on where another one of its template was. Rejects with a RoostError once it is of no use any more. */
  moveIn(agent: Agent, place: Place): Promise<void> {
    return this.#parts.slots.moveIn(agent, place);
  }

  /** Returns an agent that was acquired and never used. */
  giveBack(agent: Agent): void {
    const slot = this.#parts.slots.named(agent.name);
    if (slot?.state === 'assigned' && slot.sessionId === null) this.#parts.handOut.offer(slot, agent);
    else void this.release(agent);
  }

  /** Ends an agent: it has served its session. Resolves when its exit is seen. */
  async release(agent: Agent, why = 'its session has ended', cause: ExitCause = 'deliberate'): Promise<void> {
    const slot = this.#parts.slots.named(agent.name);
    if (slot !== undefined) await this.#parts.slots.close(slot, cause, why);
  }

  trouble(template: string): Trouble | null {
    return this.#parts.starts.trouble(template);
  }

  /** Milliseconds a new caller would wait for an agent of this template. */
  estimateMs(template: string): number {
    return Math.round(this.#parts.starts.usualMs * (1 + Math.floor(this.#parts.line.waiting(template) / this.#options.config.pool.spawnConcurrency)));
  }

  view(waitingSessions: number): PoolView {
    return this.#parts.report.view(waitingSessions);
  }

  views(): ProcessView[] {
    return this.#parts.slots.all.map((slot) => processView(slot, this.#options.clock.wallMs()));
  }

  setUsage(name: string, usage: { readonly rssBytes: number | null; readonly cpuPercent: number | null }): void {
    const slot = this.#parts.slots.named(name);
    if (slot === undefined) return;
    Object.assign(slot, { rssBytes: usage.rssBytes, cpuPercent: usage.cpuPercent });
    if (usage.rssBytes !== null) this.#parts.memory.measured(slot.template, usage.rssBytes);
  }

  restart(name: string): Accepted {
    return this.#parts.slots.closeByHand(name, 'restarted by hand', 'The agent is being replaced.');
  }

  stopAgent(name: string): Accepted {
    return this.#parts.slots.closeByHand(name, 'stopped by hand', 'The agent is being stopped; the pool starts another one where its target asks for it.');
  }

  #happened(event: PoolEvent): void {
    if (event.kind === 'suspended') {
      const retryAfterMs = this.trouble(event.template)?.retryAfterMs ?? 0;
      this.#parts.line.rejectTemplate(event.template, new RoostError('spawn-failed', event.message, { retryAfterMs }));
    }
    this.#events.emit(event);
  }
}
