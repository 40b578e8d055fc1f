import type { Config } from '../../contract/config.js';
import type { PoolMemory, PoolView, TemplateView } from '../../contract/state.js';
import type { Clock } from '../../core/base/clock.js';
import type { LifeDays } from '../process/life-days.js';
import type { AgentLine } from './agent-line.js';
import type { AgentMemory } from './agent-memory.js';
import type { AgentSlots } from './agent-slots.js';
import type { HandOut } from './hand-out.js';
import type { PoolEvent } from './pool-events.js';
import type { Refill } from './refill.js';
import { assignedOf, count, poolView, type Slot } from './slot.js';
import type { TemplateStarts, Trouble } from './template-starts.js';

export interface PoolReportOptions {
  readonly clock: Clock;
  readonly config: Pick<Config, 'pool' | 'templates'>;
  readonly slots: AgentSlots;
  readonly starts: TemplateStarts;
  readonly line: AgentLine;
  readonly refill: Refill;
  readonly handOut: HandOut;
  readonly memory: AgentMemory;
  readonly target: () => number;
  readonly daysOf?: (template: string) => LifeDays;
}

/** A shortage of memory that comes and goes is told once in this time. */
const memoryQuietMs = 120_000;

/** The pool as others see it. */
export class PoolReport {
  readonly #options: PoolReportOptions;
  #told: { readonly state: PoolMemory['state']; readonly atMs: number } | undefined;

  constructor(options: PoolReportOptions) {
    this.#options = options;
  }

  view(waitingSessions: number): PoolView {
    const { config, slots, handOut, refill, target } = this.#options;
    const { pool } = config;
    const templates = Object.keys(config.templates).map((template) => this.#template(template));
    const troubles = templates.flatMap(({ trouble }) => trouble ?? []);
    return poolView(slots.all, {
      template: pool.template,
      target: target(),
      capacity: pool.capacity,
      waiting: waitingSessions,
      stats: { ...slots.counts, ...handOut.counts },
      trouble: troubles.length === 0 ? null : troubles.join(' '),
      templates,
      memory: refill.memory(),
    });
  }

  /** What is worth a line since the last look; null when nothing is. */
  memoryNews(): PoolEvent | null {
    const { state, message } = this.#options.refill.memory();
    const now = this.#options.clock.monoMs();
    if ((this.#told?.state ?? 'ample') === state || (this.#told !== undefined && now - this.#told.atMs < memoryQuietMs)) return null;
    this.#told = { state, atMs: now };
    return message === null ? { kind: 'memory-ample', message: 'There is memory for agents again.' } : { kind: 'memory-short', message };
  }

  #template(template: string): TemplateView {
    const { slots, refill, memory, daysOf, clock } = this.#options;
    const own = slots.all.filter((slot) => slot.template === template);
    const wanted = refill.wanted(template);
    const trouble = this.#trouble(template, own, wanted);
    const runningMs = own.reduce((sum, slot) => sum + (slot.readyAtMs === null ? 0 : clock.monoMs() - slot.readyMonoMs), 0);
    return {
      template,
      target: refill.size(template),
      wanted,
      ready: count(own, 'ready'),
      starting: count(own, 'starting'),
      assigned: assignedOf(own),
      estimateBytes: memory.estimateBytes(template),
      trouble: trouble?.message ?? null,
      ...(trouble === null ? {} : { retryAtMs: trouble.retryAtMs }),
      ...(daysOf === undefined ? {} : { figures: daysOf(template).figures(runningMs) }),
    };
  }

  /** Past its suspension a failure is history until somebody wants an agent again: then the next start tells. */
  #trouble(template: string, own: readonly Slot[], wanted: number): Trouble | null {
    const { starts, line } = this.#options;
    const trouble = starts.trouble(template);
    if (trouble === null || trouble.retryAfterMs > 0 || line.waiting(template) > 0) return trouble;
    return count(own, 'ready') < wanted ? trouble : null;
  }
}
