import type { Config } from '../../contract/config.js';
import type { Params, Result } from '../../contract/methods.js';
import type { Quota } from '../../contract/state.js';
import type { Clock } from '../../core/base/clock.js';
import { call } from '../../core/redis/connection.js';
import type { DayOffsets, QuotaStore } from '../../core/sessions/quota-store.js';
import { type QuotaFacts, quotaOf } from './quota.js';
import { QuotaZone } from './quota-day.js';
import type { Sessions } from './sessions.js';

export interface TurnQuotasOptions {
  readonly quotas: QuotaStore;
  readonly sessions: Pick<Sessions, 'tierOf'>;
  readonly clock: Clock;
  readonly config: Pick<Config, 'tiers' | 'sessions'>;
}

/** What users have left of today's turns; the day is that of `sessions.quotaZone`. */
export class TurnQuotas {
  readonly #options: TurnQuotasOptions;
  readonly #zone: QuotaZone;

  constructor(options: TurnQuotasOptions) {
    this.#options = options;
    this.#zone = new QuotaZone(() => options.config.sessions.quotaZone);
  }

  today(): DayOffsets {
    return this.#zone.at(this.#options.clock.wallMs());
  }

  async of(userId: string, tier: Quota['tier']): Promise<Quota> {
    const { quotas, clock } = this.#options;
    return this.shown({ userId, tier, ...(await call(clock, quotas.used(userId, undefined, this.today()))) });
  }

  shown(used: QuotaFacts): Quota {
    return quotaOf(used, this.#options.config.tiers, this.#options.clock.wallMs());
  }

  /** The busiest users of today; the tier is that of the session they have, else the smallest. */
  async list(params: Params<'quota.list'>): Promise<Result<'quota.list'>> {
    const { quotas, clock, sessions } = this.#options;
    const { users, resetsAtMs } =
      params.userId === undefined
        ? await call(clock, quotas.busiest(params.limit, undefined, this.today()))
        : await call(clock, quotas.used(params.userId, undefined, this.today())).then(({ used, resetsAtMs }) => ({
            users: [{ userId: params.userId as string, used }],
            resetsAtMs,
          }));
    return {
      quotas: users.map(({ userId, used }) => this.shown({ userId, tier: sessions.tierOf(userId) ?? 'free', used, resetsAtMs })),
      resetsAt: resetsAtMs,
    };
  }
}
