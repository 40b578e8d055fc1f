import type { Config } from '../../contract/config.js';
import { RoostError } from '../../contract/errors.js';
import type { Clock } from '../../core/base/clock.js';
import type { Agent } from './agent.js';
import type { AgentLine } from './agent-line.js';
import type { AgentSlots } from './agent-slots.js';
import type { Refill } from './refill.js';
import type { Slot } from './slot.js';
import type { TemplateStarts } from './template-starts.js';
import type { Tempo } from './warm-target.js';

export interface HandOutOptions {
  readonly clock: Clock;
  readonly config: Pick<Config, 'pool' | 'templates'>;
  readonly slots: AgentSlots;
  readonly starts: TemplateStarts;
  readonly line: AgentLine;
  readonly refill: Refill;
  readonly tempo: Tempo;
  readonly closed: () => boolean;
}

/** On top of three starts: the time that agents of others take first. */
const callerPatienceMs = 20_000;

/** Who gets which agent: a warm one at once, else the next one that starts; each is handed out once. */
export class HandOut {
  readonly #options: HandOutOptions;
  #handedOut = 0;
  #prewarmedHits = 0;

  constructor(options: HandOutOptions) {
    this.#options = options;
  }

  get counts(): { readonly assigned: number; readonly prewarmedHits: number } {
    return { assigned: this.#handedOut, prewarmedHits: this.#prewarmedHits };
  }

  acquire(template: string): Agent | undefined {
    // Those in line come first.
    if (this.#options.closed() || this.#options.line.waiting(template) > 0) return undefined;
    const agent = this.#takeReady(template);
    if (agent !== undefined) this.#prewarmedHits += 1;
    return agent;
  }

  async spawnFor(template: string, options: { readonly signal?: AbortSignal; readonly deadlineMs?: number }): Promise<Agent> {
    const { config, line, refill, starts, closed } = this.#options;
    if (closed()) throw new RoostError('shutting-down', 'Roost is shutting down.');
    const known = Object.hasOwn(config.templates, template) ? config.templates[template] : undefined;
    if (known === undefined) throw new RoostError('bad-request', `There is no template named ${template}.`, { field: 'template' });
    const trouble = starts.trouble(template);
    if (trouble !== null && trouble.retryAfterMs > 0) throw new RoostError('circuit-open', trouble.message, { retryAfterMs: trouble.retryAfterMs });
    const ready = line.waiting(template) === 0 ? this.#takeReady(template) : undefined;
    if (ready !== undefined) return ready;
    const waited = line.join(template, options.deadlineMs ?? known.initTimeout * 3 + callerPatienceMs, options.signal);
    refill.now();
    return waited;
  }

  /** To the first in line, else back among the warm ones. */
  offer(slot: Slot, agent: Agent): void {
    const { line, slots, refill } = this.#options;
    slot.sessionId = null;
    if (line.waiting(slot.template) > 0 && agent.alive) {
      this.#handOut(slot);
      line.serve(slot.template, agent);
      refill.whenQuiet();
    } else {
      slots.set(slot, 'ready', 'warm, ready for a session');
      refill.soon(0);
    }
  }

  #takeReady(template: string): Agent | undefined {
    const { slots, refill } = this.#options;
    for (const slot of slots.ready(template)) {
      if (slot.agent === undefined) continue;
      const condition = slot.agent.condition;
      if (condition !== 'running') {
        const [cause, found] = condition === 'gone' ? (['unresponsive', 'dead'] as const) : (['stalled', 'frozen'] as const);
        void slots.close(slot, cause, `it was found ${found} when it was to be handed out`);
        continue;
      }
      this.#handOut(slot);
      refill.whenQuiet();
      return slot.agent;
    }
    return undefined;
  }

  #handOut(slot: Slot): void {
    const { slots, tempo, clock } = this.#options;
    this.#handedOut += 1;
    tempo.handedOut(slot.template, clock.monoMs());
    slots.set(slot, 'assigned', 'handed out');
  }
}
