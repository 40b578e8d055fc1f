import type { Config } from '../../contract/config.js';
import { RoostError } from '../../contract/errors.js';
import type { Quota } from '../../contract/state.js';

/** From this share on the user is told what is left. */
const warnFrom = 0.8;

export interface QuotaFacts {
  readonly userId: string;
  readonly tier: Quota['tier'];
  readonly used: number;
  readonly resetsAtMs: number;
}

/** What a user has of the turns of today, by the tier of the session. */
export function quotaOf(facts: QuotaFacts, tiers: Config['tiers'], nowMs: number): Quota {
  const { userId, tier, used, resetsAtMs } = facts;
  const limit = tiers[tier].turnsPerDay;
  const left = Math.max(0, limit - used);
  return { userId, tier, limit, used, left, resetsAt: resetsAtMs, warning: used < limit * warnFrom ? null : warning(left, limit, tier, resetsAtMs, nowMs) };
}

function warning(left: number, limit: number, tier: string, resetsAtMs: number, nowMs: number): string {
  const renewed = `they are renewed at ${new Date(resetsAtMs).toISOString().slice(0, 16)}Z, in ${inHours(resetsAtMs - nowMs)}`;
  if (left === 0) return `All ${limit} turns of today are used (tier ${tier}); ${renewed}.`;
  return `${left} of ${limit} turns of today ${left === 1 ? 'is' : 'are'} left (tier ${tier}); ${renewed}.`;
}

function inHours(ms: number): string {
  const minutes = Math.max(1, Math.ceil(ms / 60_000));
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** The refusal of a turn that is one too many: what is left, and when there is more. */
export function quotaExceeded(quota: Quota, nowMs: number): RoostError {
  const { tier, limit, used, left, resetsAt } = quota;
  return new RoostError('quota-exceeded', quota.warning ?? `All ${limit} turns of today are used.`, {
    retryAfterMs: Math.max(1_000, resetsAt - nowMs),
    details: { tier, limit, used, left, resetsAt },
  });
}

/** One user with a full line of turns must not fill the memory with more; others are not held up by it. */
export const tooManyWaiting = (waiting: number, retryAfterMs: number): RoostError =>
  new RoostError('rate-limited', `${waiting} turns of this session wait already; send the next one when some of them are answered.`, {
    retryAfterMs: Math.max(1_000, retryAfterMs),
    details: { waiting, limit: waiting },
  });
