import { Counter, Gauge, type Registry } from 'prom-client';
import { providerOutcomes } from '../../contract/providers.js';
import type { State } from '../../contract/state.js';
import type { ProviderDesk } from '../providers/provider-desk.js';

/** Of model providers and approvals; provider names come from the config and so form a closed set. */
export class ProviderMetrics {
  readonly #requests;
  readonly #tokens;
  readonly #cost;
  readonly #up;
  readonly #approvals;
  readonly #observe: (ms: number) => void;

  constructor(registry: Registry, observe: (ms: number) => void) {
    const registers = [registry];
    this.#observe = observe;
    this.#requests = new Counter({
      name: 'roost_provider_requests_total',
      help: 'Requests to a model provider that ended.',
      labelNames: ['provider', 'outcome'],
      registers,
    });
    this.#tokens = new Counter({ name: 'roost_provider_tokens_total', help: 'Tokens read and written.', labelNames: ['provider', 'direction'], registers });
    this.#cost = new Counter({ name: 'roost_provider_cost_dollars_total', help: 'Cost by the prices of the config.', labelNames: ['provider'], registers });
    this.#up = new Gauge({ name: 'roost_provider_up', help: '1 while the provider may be asked.', labelNames: ['provider'], registers });
    this.#approvals = new Gauge({ name: 'roost_approvals_pending', help: 'Questions of agents that wait for a person.', registers });
  }

  follow(desk: ProviderDesk): void {
    desk.onEnd(({ provider, report, cost }) => {
      this.#requests.inc({ provider, outcome: providerOutcomes.includes(report.outcome) ? report.outcome : 'failed' });
      this.#tokens.inc({ provider, direction: 'input' }, report.inputTokens);
      this.#tokens.inc({ provider, direction: 'output' }, report.outputTokens);
      if (cost > 0) this.#cost.inc({ provider }, cost);
      this.#observe(report.tookMs);
    });
  }

  fill(state: Pick<State, 'providers' | 'approvals'>): void {
    this.#up.reset();
    for (const one of state.providers) this.#up.set({ provider: one.name }, one.state === 'up' ? 1 : 0);
    this.#approvals.set(state.approvals.pending.length);
  }
}
