import { describe, expect, it } from 'vitest';
import { configSchema } from '../../contract/config.js';
import { quotaExceeded, quotaOf } from './quota.js';

const { tiers } = configSchema.parse({});
const nowMs = Date.UTC(2026, 10, 22, 20, 30);
const resetsAtMs = Date.UTC(2026, 10, 23);
const of = (used: number, tier: 'free' | 'pro' = 'free') => quotaOf({ userId: 'ann', tier, used, resetsAtMs }, tiers, nowMs);

describe('quotaOf', () => {
  it('says nothing while there is plenty', () => {
    expect(of(39)).toEqual({ userId: 'ann', tier: 'free', limit: 50, used: 39, left: 11, resetsAt: resetsAtMs, warning: null });
    expect(of(3_999, 'pro').warning).toBeNull();
  });

  it('lands softly: from 80 % on it tells what is left and when there is more', () => {
    expect(of(40).warning).toBe('10 of 50 turns of today are left (tier free); they are renewed at 2026-11-23T00:00Z, in 3 h 30 min.');
    expect(of(49).warning).toContain('1 of 50 turns of today is left');
    expect(of(60)).toMatchObject({ left: 0, warning: expect.stringContaining('All 50 turns of today are used') });
  });

  it('refuses with the same facts as numbers', () => {
    expect(quotaExceeded(of(50), nowMs)).toMatchObject({
      code: 'quota-exceeded',
      retryAfterMs: 3.5 * 3_600_000,
      details: { tier: 'free', limit: 50, used: 50, left: 0, resetsAt: resetsAtMs },
    });
  });
});
