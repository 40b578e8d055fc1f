import type { Config } from '../../contract/config.js';
import type { Clock, Timer } from '../../core/base/clock.js';
import type { AgentLine } from './agent-line.js';
import type { AgentSlots } from './agent-slots.js';
import { plan } from './plan.js';
import { count } from './slot.js';
import type { TemplateStarts } from './template-starts.js';

export interface RefillOptions {
  readonly clock: Clock;
  readonly config: Pick<Config, 'pool' | 'templates'>;
  readonly slots: AgentSlots;
  readonly starts: TemplateStarts;
  readonly line: AgentLine;
  /** How many warm agents of the pool's own template are wanted. */
  readonly target: () => number;
  /** While true nothing is started. */
  readonly held: () => boolean;
}

/** Brings the number of agents to what is asked for, again whenever somebody says that something has changed. */
export class Refill {
  readonly #options: RefillOptions;
  #running = false;
  #timer: { readonly atMs: number; readonly timer: Timer } | undefined;

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

  now(): void {
    if (!this.#running) return;
    const { config, starts, line, target, held } = this.#options;
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
        target: template === pool.template ? target() : 0,
        ready: count(own, 'ready'),
        starting: count(own, 'starting'),
        allowed: guard.allowed(pool.spawnConcurrency),
      };
    });
    const maxLive = pool.capacity + target() + pool.spawnConcurrency;
    const { spawn, close } = plan(demands, { spawnConcurrency: held() ? 0 : pool.spawnConcurrency, live: slots.length, maxLive });
    for (const [template, surplus] of close) {
      const idle = slots.filter((slot) => slot.template === template && slot.state === 'ready').slice(0, surplus);
      for (const slot of idle) void this.#options.slots.close(slot, 'deliberate', 'the pool is larger than its target');
    }
    for (const template of spawn) this.#options.slots.spawn(template);
  }
}
