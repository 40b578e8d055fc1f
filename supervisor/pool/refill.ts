import type { Config } from '../../contract/config.js';
import type { PoolMemory } from '../../contract/state.js';
import type { Clock, Timer } from '../../core/base/clock.js';
import type { AgentLine } from './agent-line.js';
import { type AgentMemory, type MachineMemory, poolMemory, roomBytes } from './agent-memory.js';
import type { AgentSlots } from './agent-slots.js';
import { plan } from './plan.js';
import { assignedOf, count } from './slot.js';
import type { TemplateStarts } from './template-starts.js';
import { type Tempo, warmTarget } from './warm-target.js';

export interface RefillOptions {
  readonly clock: Clock;
  readonly config: Pick<Config, 'pool' | 'templates'>;
  readonly slots: AgentSlots;
  readonly starts: TemplateStarts;
  readonly line: AgentLine;
  readonly tempo: Tempo;
  readonly memory: AgentMemory;
  readonly machine: () => MachineMemory;
  /** How many warm agents of the pool's own template a person or the config asks for. */
  readonly target: () => number;
  /** While true nothing is started. */
  readonly held: () => boolean;
}

/** Hand-outs in a burst come closer together than this; a burst without end is not waited out. */
const quietMs = 10;
const longestBusyMs = 150;

/** Brings the number of agents to what is asked for, again whenever somebody says that something has changed. */
export class Refill {
  readonly #options: RefillOptions;
  #running = false;
  #timer: { readonly atMs: number; readonly timer: Timer } | undefined;
  #quiet: Timer | undefined;
  #busySinceMs: number | undefined;
  #lastMs = 0;

  constructor(options: RefillOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = true;
    this.now();
  }

  stop(): void {
    this.#running = false;
    this.#timer?.timer.cancel();
    this.#quiet?.cancel();
  }

  /** Plans again after `delayMs`, once for all callers within that time. */
  soon(delayMs: number): void {
    const { clock } = this.#options;
    const atMs = clock.monoMs() + delayMs;
    if (!this.#running || (this.#timer !== undefined && this.#timer.atMs <= atMs)) return;
    this.#timer?.timer.cancel();
    const timer = clock.after(delayMs, () => {
      this.#timer = undefined;
      this.now();
    });
    this.#timer = { atMs, timer };
  }

  /** Plans again once nothing was handed out for a moment: a start of a process keeps everybody who asks meanwhile waiting. */
  whenQuiet(): void {
    if (!this.#running) return;
    this.#lastMs = this.#options.clock.monoMs();
    this.#busySinceMs ??= this.#lastMs;
    if (this.#quiet === undefined) this.#lookIn(quietMs);
  }

  /** One timer for the whole burst, not one for each of its hand-outs. */
  #lookIn(delayMs: number): void {
    this.#quiet = this.#options.clock.after(delayMs, () => {
      this.#quiet = undefined;
      const busySinceMs = this.#busySinceMs ?? this.#lastMs;
      const dueMs = Math.min(this.#lastMs + quietMs, busySinceMs + longestBusyMs) - this.#options.clock.monoMs();
      if (dueMs > 0) return this.#lookIn(dueMs);
      this.#busySinceMs = undefined;
      this.now();
    });
  }

  /** Warm agents of this template that are asked for. */
  size(template: string): number {
    const { config, target } = this.#options;
    return template === config.pool.template ? target() : (config.templates[template]?.warm ?? 0);
  }

  /** Those worth keeping at this moment. */
  wanted(template: string): number {
    const { config, slots, starts, line, tempo, clock } = this.#options;
    const { capacity, quietSize, idleTtl } = config.pool;
    const monoMs = clock.monoMs();
    const size = this.size(template);
    return warmTarget({
      size,
      quietSize,
      // Who asks for more warm agents than there are places means it.
      freePlaces: Math.max(capacity, size) - assignedOf(slots.all) - line.total,
      busiest: tempo.busiest(template, monoMs),
      startupMs: starts.usualMs,
      quietForMs: tempo.quietForMs(template, monoMs),
      idleTtlMs: idleTtl,
    });
  }

  memory(): PoolMemory {
    const { config, slots, memory, machine } = this.#options;
    const { memoryBudget, memoryReserve } = config.pool;
    const largestBytes = Math.max(...Object.keys(config.templates).map((template) => (this.size(template) > 0 ? memory.estimateBytes(template) : 0)));
    const limits = { budgetBytes: memoryBudget, reserveBytes: memoryReserve };
    return poolMemory(slots.all, (template) => memory.estimateBytes(template), machine(), limits, largestBytes);
  }

  /** Whether there is memory for one more agent beside those that are promised already. */
  affords(template: string): boolean {
    const { slots, memory, line } = this.#options;
    if (slots.all.every(({ state }) => state === 'closing')) return true;
    const bytes = memory.estimateBytes(template);
    return roomBytes(this.memory()) >= bytes * (1 + line.waiting(template));
  }

  now(): void {
    if (!this.#running) return;
    const { config, starts, line, target, held, memory } = this.#options;
    const { pool, templates } = config;
    const slots = this.#options.slots.all;
    const demands = Object.keys(templates).map((template) => {
      const own = slots.filter((slot) => slot.template === template);
      const guard = starts.guard(template);
      const retryInMs = guard.retryInMs;
      if (retryInMs !== null) this.soon(retryInMs);
      return {
        template,
        waiting: line.waiting(template),
        target: this.wanted(template),
        ready: count(own, 'ready'),
        starting: count(own, 'starting'),
        allowed: guard.allowed(pool.spawnConcurrency),
        bytes: memory.estimateBytes(template),
      };
    });
    const kept = Object.keys(templates).reduce((sum, template) => sum + (template === pool.template ? target() : this.size(template)), 0);
    const { spawn, close } = plan(demands, {
      spawnConcurrency: held() ? 0 : pool.spawnConcurrency,
      live: slots.length,
      lasting: slots.length - count(slots, 'closing'),
      maxLive: pool.capacity + kept + pool.spawnConcurrency,
      roomBytes: roomBytes(this.memory()),
    });
    for (const [template, surplus] of close) {
      const idle = slots.filter((slot) => slot.template === template && slot.state === 'ready').slice(0, surplus);
      for (const slot of idle) void this.#options.slots.close(slot, 'deliberate', 'the pool keeps fewer agents warm now');
    }
    for (const template of spawn) this.#options.slots.spawn(template);
  }
}
