import type { ProviderConfig } from '../../contract/config.js';
import type { ProviderOutcome, ProviderView } from '../../contract/providers.js';
import type { Clock } from '../../core/base/clock.js';
import { Emitter } from '../../core/base/emitter.js';
import type { Log } from '../../core/base/log.js';
import { admit, type BreakerRules, failed, succeeded, undecided } from './breaker.js';
import { type Known, ProviderBook } from './provider-book.js';
import { admitRate, windowMs } from './rate-window.js';
import { costOf, type Usage } from './usage.js';

export interface ProviderReport {
  readonly outcome: ProviderOutcome;
  readonly tookMs: number;
  /** Fit for a person; never holds a key or the text of an answer. */
  readonly problem: string | null;
  /** How long the provider asked to be left alone. */
  readonly retryAfterMs: number | null;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly estimated: boolean;
}

export type Admission = { readonly granted: true; readonly permit: string } | { readonly granted: false; readonly why: string; readonly waitMs: number };
export interface ProviderEnd {
  readonly provider: string;
  readonly report: ProviderReport;
  readonly cost: number;
}

const defaultQuietMs = 10_000;
const maxQuietMs = 10 * 60_000;

/**
 * One view of the model providers for all agents: rate, breaker and cost are shared, so that fifty agents
 * do not each find out that a provider is down. Agents ask before each request and report its end.
 */
export class ProviderDesk {
  readonly #options: { readonly file: string; readonly clock: Clock; readonly log: Log; readonly providers: () => readonly ProviderConfig[] };
  readonly #book: ProviderBook;
  readonly #permits = new Map<string, { readonly provider: string; readonly agent: string; readonly untilMs: number }>();
  #nextPermit = 1;
  readonly #changes = new Emitter<void>();
  readonly #ends = new Emitter<ProviderEnd>();

  constructor(options: { readonly file: string; readonly clock: Clock; readonly log: Log; readonly providers: () => readonly ProviderConfig[] }) {
    this.#options = options;
    this.#book = new ProviderBook(options);
  }

  /** Takes up the use of today and the last minute of an earlier run; a damaged file counts as none. */
  async start(): Promise<void> {
    await this.#book.start();
    this.#changes.emit();
  }

  /** The config may have changed. */
  refresh(): void {
    this.#changes.emit();
  }

  async stop(): Promise<void> {
    await this.#book.stop();
  }

  onChange(listener: () => void): () => void {
    return this.#changes.on(listener);
  }

  /** Every request whose end was reported. */
  onEnd(listener: (end: ProviderEnd) => void): () => void {
    return this.#ends.on(listener);
  }

  acquire(provider: string, agent: string): Admission {
    const { clock, providers } = this.#options;
    const config = providers().find(({ name }) => name === provider);
    if (config === undefined) return { granted: false, why: 'is not in the config any more', waitMs: 0 };
    const known = this.#book.of(config);
    const now = clock.monoMs();
    this.#dropLost(now);
    if (now < known.quietUntilMs) return this.#refused(known, 'asked to be left alone', known.quietUntilMs - now);
    const health = admit(known.breaker, rulesOf(config), now);
    if (health.waitMs !== null) {
      const why = known.breaker.kind === 'half-open' ? 'is being tried by another request' : `failed too often (${known.problem ?? 'unknown'})`;
      return this.#refused(known, why, health.waitMs);
    }
    const rate = admitRate(known.times, config.ratePerMinute ?? null, now);
    known.times = rate.times;
    if (rate.waitMs !== null) return this.#refused(known, `has had its ${config.ratePerMinute} requests of this minute`, rate.waitMs);
    known.breaker = health.breaker;
    const permit = `p${this.#nextPermit++}`;
    this.#permits.set(permit, { provider, agent, untilMs: now + rulesOf(config).tryMs });
    this.#touch(known, { requests: 1 });
    return { granted: true, permit };
  }

  /** False for a permit that nobody has (any more). */
  report(permit: string, agent: string, report: ProviderReport): boolean {
    const held = this.#permits.get(permit);
    if (held === undefined || held.agent !== agent) return false;
    this.#permits.delete(permit);
    const config = this.#options.providers().find(({ name }) => name === held.provider);
    if (config === undefined) return true;
    const known = this.#book.of(config);
    const now = this.#options.clock.monoMs();
    const cost = costOf(config.price, report.inputTokens, report.outputTokens);
    known.lastMs = report.tookMs;
    if (report.outcome === 'ok') {
      known.breaker = succeeded(known.breaker);
      known.problem = null;
    } else if (report.outcome === 'failed') {
      known.breaker = failed(known.breaker, rulesOf(config), now);
      known.problem = report.problem?.slice(0, 300) ?? 'failed';
    } else known.breaker = undecided(known.breaker, now);
    if (report.outcome === 'rate-limited') {
      known.quietUntilMs = now + Math.min(maxQuietMs, report.retryAfterMs ?? defaultQuietMs);
      known.problem = report.problem?.slice(0, 300) ?? 'limits the rate';
    }
    this.#touch(known, {
      failures: report.outcome === 'failed' ? 1 : 0,
      limited: report.outcome === 'rate-limited' ? 1 : 0,
      inputTokens: report.inputTokens,
      outputTokens: report.outputTokens,
      cost,
      estimated: report.estimated,
    });
    this.#ends.emit({ provider: held.provider, report, cost });
    return true;
  }

  /** An agent that is gone reports nothing: its requests tell nothing about the provider. */
  abandon(agent: string): void {
    for (const [permit, held] of this.#permits) {
      if (held.agent !== agent) continue;
      this.#permits.delete(permit);
      const known = this.#book.known(held.provider);
      if (known !== undefined) known.breaker = undecided(known.breaker, this.#options.clock.monoMs());
    }
  }

  get views(): readonly ProviderView[] {
    const { clock, providers } = this.#options;
    const now = clock.monoMs();
    this.#book.newDay();
    this.#dropLost(now);
    return providers().map((config) => {
      const known = this.#book.of(config);
      const rate = config.ratePerMinute === undefined ? null : config.ratePerMinute - known.times.filter((atMs) => now - atMs < windowMs).length;
      const [state, untilMono] = stateOf(known, rate, now);
      const { cost, ...usage } = known.usage;
      return {
        name: config.name,
        model: config.model,
        state,
        untilMs: untilMono === null ? null : Math.round(clock.wallMs() + untilMono - now),
        problem: known.problem,
        inFlight: [...this.#permits.values()].filter(({ provider }) => provider === config.name).length,
        ratePerMinute: config.ratePerMinute ?? null,
        rateLeft: rate === null ? null : Math.max(0, rate),
        today: { ...usage, cost: config.price === undefined ? null : cost },
        lastMs: known.lastMs === null ? null : Math.round(known.lastMs),
      };
    });
  }

  #refused(known: Known, why: string, waitMs: number): Admission {
    this.#touch(known, {});
    return { granted: false, why, waitMs: Math.ceil(waitMs) };
  }

  #touch(known: Known, add: Partial<Usage>): void {
    this.#book.add(known, add);
    this.#changes.emit();
  }

  /** Permits nobody reported within any time a request can take. */
  #dropLost(nowMs: number): void {
    for (const [permit, { untilMs }] of this.#permits) if (nowMs >= untilMs) this.#permits.delete(permit);
  }
}

/** A stream may take far longer than its longest silence. */
const rulesOf = ({ breaker, timeout }: ProviderConfig): BreakerRules => ({
  failures: breaker.failures,
  pauseMs: breaker.pause,
  tryMs: Math.max(timeout * 2, 15 * 60_000),
});

function stateOf(known: Known, rateLeft: number | null, nowMs: number): readonly [ProviderView['state'], number | null] {
  if (known.breaker.kind === 'half-open') return ['trying', null];
  if (known.breaker.kind === 'open' && nowMs < known.breaker.untilMs) return ['paused', known.breaker.untilMs];
  if (nowMs < known.quietUntilMs) return ['limited', known.quietUntilMs];
  if (rateLeft !== null && rateLeft <= 0) return ['limited', (known.times[0] ?? nowMs) + windowMs];
  return ['up', null];
}
