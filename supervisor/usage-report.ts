import type { ProcessView } from '../contract/state.js';
import type { Clock } from '../core/base/clock.js';
import type { Metrics } from './metrics/metrics.js';
import type { WarmPool } from './pool/warm-pool.js';
import type { RedisHost } from './redis/redis-host.js';
import type { Services } from './services/services.js';
import { UsageSampler } from './usage-sampler.js';
import type { WorkerFleet } from './workers/worker-fleet.js';

export interface UsageReportOptions {
  readonly clock: Clock;
  readonly pool: Pick<WarmPool, 'setUsage'>;
  readonly redis: Pick<RedisHost, 'setUsage'>;
  readonly workers: Pick<WorkerFleet, 'hosts'>;
  readonly services: Pick<Services, 'setUsage'>;
  readonly metrics: Pick<Metrics, 'cpuUsed'>;
}

/** Measures memory and processor of every process tree and hands each figure to whom it concerns. */
export class UsageReport {
  readonly #options: UsageReportOptions;
  readonly #sampler: UsageSampler;
  #ownRssBytes: number | null = null;
  #measuredMono = Number.NEGATIVE_INFINITY;
  #measuring: Promise<void> | undefined;

  constructor(options: UsageReportOptions) {
    this.#options = options;
    this.#sampler = new UsageSampler({ clock: options.clock });
  }

  /** Of Roost itself; null before the first measurement. */
  get ownRssBytes(): number | null {
    return this.#ownRssBytes;
  }

  /** When the last measurement began. */
  get measuredMono(): number {
    return this.#measuredMono;
  }

  /** Joins a measurement under way. */
  measure(views: readonly ProcessView[]): Promise<void> {
    this.#measuring ??= this.#measure(views).finally(() => {
      this.#measuring = undefined;
    });
    return this.#measuring;
  }

  async #measure(views: readonly ProcessView[]): Promise<void> {
    const { pool, redis, workers, services, metrics, clock } = this.#options;
    this.#measuredMono = clock.monoMs();
    this.#ownRssBytes = process.memoryUsage.rss();
    const usages = await this.#sampler.sample(views.flatMap((view) => view.pid ?? []));
    for (const view of views) {
      const usage = view.pid === null ? undefined : usages.get(view.pid);
      if (usage === undefined) continue;
      const figures = { rssBytes: usage.rssBytes, cpuPercent: usage.cpuPercent };
      if (view.kind === 'agent') pool.setUsage(view.name, figures);
      else if (view.kind === 'redis') redis.setUsage(figures);
      else if (view.kind === 'service') services.setUsage(view.name, figures);
      else workers.hosts.find((host) => host.process.name === view.name)?.process.setUsage(figures);
      metrics.cpuUsed(view.kind === 'agent' ? 'agents' : view.name, view.pid ?? 0, usage.cpuMs);
    }
  }
}
