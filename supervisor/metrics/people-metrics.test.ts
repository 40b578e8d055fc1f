import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import type { Approval } from '../../contract/approvals.js';
import { initialState } from '../state/initial-state.js';
import { PeopleMetrics } from './people-metrics.js';

describe('figures of what people meet', () => {
  it('every series is there before its first event, with closed labels', async () => {
    const registry = new Registry();
    new PeopleMetrics(registry);
    const text = await registry.metrics();
    for (const tier of ['free', 'basic', 'pro']) expect(text).toContain(`roost_turns_refused_total{tier="${tier}",reason="quota"} 0`);
    for (const decision of ['allowed', 'denied', 'expired', 'cancelled']) expect(text).toContain(`roost_approvals_total{decision="${decision}"} 0`);
    for (const reason of ['places', 'memory']) expect(text).toContain(`roost_session_starts_waiting_total{reason="${reason}"} 0`);
    expect(text).toContain('roost_session_starts_limited_total 0');
    expect(text).toContain('roost_session_start_seconds_count{prewarmed="false"} 0');
  });

  it('counts refusals, lines, questions with the time of people, ratings without their intent', async () => {
    const registry = new Registry();
    const metrics = new PeopleMetrics(registry);
    metrics.turnRefused('basic', 'quota');
    metrics.turnRefused('free', 'line');
    metrics.startLimited();
    metrics.startWaits('memory');
    metrics.started(true, 12);
    metrics.rated('anything a caller sends', 4);
    metrics.rated(null, 2);
    let tell: (approval: Approval) => void = () => undefined;
    metrics.follow({
      onDecided: (listener) => {
        tell = listener;
        return () => undefined;
      },
    });
    const over = (status: Approval['status'], waitedMs: number): void => tell({ status, askedAtMs: 1_000, decidedAtMs: 1_000 + waitedMs } as Approval);
    over('allowed', 20_000);
    over('expired', 300_000);
    over('pending', 5);
    const state = initialState(
      {
        version: '',
        node: 'n',
        door: 'headless',
        platform: 'linux',
        dataDir: '',
        apiUrl: null,
        redis: { mode: 'managed', version: null, address: null },
        startedAtMs: 0,
        templates: [],
      },
      { template: 'builtin', target: 3, capacity: 5 },
    );
    const memory = { state: 'tight', usedBytes: 10, budgetBytes: 100, freeBytes: 50, reserveBytes: 5, message: null } as const;
    metrics.fill({ ...state, pool: { ...state.pool, memory } });
    const text = await registry.metrics();
    for (const line of [
      'roost_turns_refused_total{tier="basic",reason="quota"} 1',
      'roost_turns_refused_total{tier="free",reason="line"} 1',
      'roost_session_starts_limited_total 1',
      'roost_session_starts_waiting_total{reason="memory"} 1',
      'roost_session_start_seconds_bucket{le="0.025",prewarmed="true"} 1',
      'roost_approvals_total{decision="allowed"} 1',
      'roost_approvals_total{decision="expired"} 1',
      // Nobody answered the one that expired.
      'roost_approval_wait_seconds_count 1',
      'roost_approval_wait_seconds_sum 20',
      'roost_feedback_rating_sum{intent="given"} 4',
      'roost_feedback_rating_count{intent="none"} 1',
      'roost_pool_memory_bytes{kind="used"} 10',
      'roost_pool_memory_bytes{kind="reserve"} 5',
      'roost_pool_memory_state{state="tight"} 1',
      'roost_pool_memory_state{state="ample"} 0',
      'roost_session_line 0',
    ])
      expect(text).toContain(line);
    expect(text).not.toContain('anything');
  });
});
