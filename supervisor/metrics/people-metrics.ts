import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { memoryStates, type SessionView, type State } from '../../contract/state.js';
import type { Approvals } from '../approvals/approvals.js';
import type { PeopleSigns } from '../sessions/people-signs.js';

const tiers = ['free', 'basic', 'pro'] as const;
const refusals = ['quota', 'line'] as const;
const decisions = ['allowed', 'denied', 'expired', 'cancelled'] as const;
const shortages = ['places', 'memory'] as const;

/** What people meet: limits, lines, questions, ratings. Every series is there from the first scrape on, so that a rate needs no first event. */
export class PeopleMetrics implements PeopleSigns {
  readonly #starts: Histogram<'prewarmed'>;
  readonly #refused: Counter<'tier' | 'reason'>;
  readonly #limited: Counter;
  readonly #waits: Counter<'reason'>;
  readonly #line: Gauge;
  readonly #approvals: Counter<'decision'>;
  readonly #answer: Histogram;
  readonly #memory: Gauge<'kind'>;
  readonly #short: Gauge<'state'>;
  readonly #ratingSum: Counter<'intent'>;
  readonly #ratingCount: Counter<'intent'>;

  constructor(registry: Registry) {
    const registers = [registry];
    const startBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300];
    this.#starts = new Histogram({
      name: 'roost_session_start_seconds',
      help: 'Time from the request to a ready agent.',
      labelNames: ['prewarmed'],
      buckets: startBuckets,
      registers,
    });
    this.#refused = new Counter({
      name: 'roost_turns_refused_total',
      help: "Turns not taken: today's of the tier are used up (quota), or too many of one session wait (line).",
      labelNames: ['tier', 'reason'],
      registers,
    });
    this.#limited = new Counter({ name: 'roost_session_starts_limited_total', help: 'Session starts refused: too many of one user in a minute.', registers });
    this.#waits = new Counter({
      name: 'roost_session_starts_waiting_total',
      help: 'Session starts not admitted at once, for want of places or of memory.',
      labelNames: ['reason'],
      registers,
    });
    this.#line = new Gauge({ name: 'roost_session_line', help: 'Sessions in line for a place.', registers });
    this.#approvals = new Counter({
      name: 'roost_approvals_total',
      help: 'Questions of agents that are over, by what came of them.',
      labelNames: ['decision'],
      registers,
    });
    this.#answer = new Histogram({
      name: 'roost_approval_wait_seconds',
      help: 'Time until a person answered a question of an agent.',
      buckets: [1, 5, 15, 30, 60, 120, 300, 900, 3_600],
      registers,
    });
    this.#memory = new Gauge({
      name: 'roost_pool_memory_bytes',
      help: 'Memory of all agents with their trees (used), what they may use (budget), what the machine has left (free) and what is kept free of it (reserve).',
      labelNames: ['kind'],
      registers,
    });
    this.#short = new Gauge({ name: 'roost_pool_memory_state', help: '1 for the present state of the memory for agents.', labelNames: ['state'], registers });
    this.#ratingSum = new Counter({ name: 'roost_feedback_rating_sum', help: 'Sum of ratings given.', labelNames: ['intent'], registers });
    this.#ratingCount = new Counter({ name: 'roost_feedback_rating_count', help: 'Number of ratings given.', labelNames: ['intent'], registers });
    for (const tier of tiers) for (const reason of refusals) this.#refused.inc({ tier, reason }, 0);
    for (const decision of decisions) this.#approvals.inc({ decision }, 0);
    for (const reason of shortages) this.#waits.inc({ reason }, 0);
    for (const prewarmed of ['true', 'false']) this.#starts.zero({ prewarmed });
  }

  follow(approvals: Pick<Approvals, 'onDecided'>): void {
    approvals.onDecided(({ status, askedAtMs, decidedAtMs }) => {
      if (status === 'pending') return;
      this.#approvals.inc({ decision: status });
      if ((status === 'allowed' || status === 'denied') && decidedAtMs !== null) this.#answer.observe(Math.max(0, decidedAtMs - askedAtMs) / 1_000);
    });
  }

  fill({ pool, sessions }: Pick<State, 'pool' | 'sessions'>): void {
    this.#line.set(sessions.items.filter(({ status }) => status === 'waiting').length);
    const { memory } = pool;
    if (memory === undefined) return;
    this.#memory.set({ kind: 'used' }, memory.usedBytes);
    this.#memory.set({ kind: 'budget' }, memory.budgetBytes);
    this.#memory.set({ kind: 'free' }, memory.freeBytes);
    this.#memory.set({ kind: 'reserve' }, memory.reserveBytes);
    for (const state of memoryStates) this.#short.set({ state }, memory.state === state ? 1 : 0);
  }

  started(prewarmed: boolean, ms: number): void {
    this.#starts.observe({ prewarmed: String(prewarmed) }, Math.max(0, ms) / 1_000);
  }

  startWaits(reason: 'places' | 'memory'): void {
    this.#waits.inc({ reason });
  }

  startLimited(): void {
    this.#limited.inc();
  }

  turnRefused(tier: SessionView['tier'], reason: 'quota' | 'line'): void {
    this.#refused.inc({ tier, reason });
  }

  rated(intent: string | null, rating: number): void {
    // Intents come from requests: anything not configured would open the label set.
    const label = intent === null ? 'none' : 'given';
    this.#ratingSum.inc({ intent: label }, rating);
    this.#ratingCount.inc({ intent: label });
  }
}
