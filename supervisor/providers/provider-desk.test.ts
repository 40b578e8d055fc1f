import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { configSchema } from '../../contract/config.js';
import { silentLog } from '../../core/base/log.js';
import { ManualClock } from '../../core/base/manual-clock.js';
import { ProviderDesk, type ProviderReport } from './provider-desk.js';
import { admitRate, windowMs } from './rate-window.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'roost-providers-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const { providers } = configSchema.parse({
  providers: [
    { name: 'a', baseUrl: 'http://x/v1', model: 'm', ratePerMinute: 3, price: { input: 2, output: 10 }, breaker: { failures: 2, pause: '10s' } },
    { name: 'b', baseUrl: 'http://y/v1', model: 'n' },
  ],
});
const report = (outcome: ProviderReport['outcome'], more: Partial<ProviderReport> = {}): ProviderReport => ({
  outcome,
  tookMs: 5,
  problem: outcome === 'ok' ? null : 'answered with status 500',
  retryAfterMs: null,
  inputTokens: 0,
  outputTokens: 0,
  estimated: false,
  ...more,
});

async function open(clock = new ManualClock()) {
  const desk = new ProviderDesk({ file: join(dir, 'providers.json'), clock, log: silentLog, providers: () => providers });
  await desk.start();
  const permit = (provider: string, agent = 'agent-1'): string => {
    const found = desk.acquire(provider, agent);
    if (!found.granted) throw new Error(found.why);
    return found.permit;
  };
  const end = (provider: string, outcome: ProviderReport['outcome'], more: Partial<ProviderReport> = {}) =>
    desk.report(permit(provider), 'agent-1', report(outcome, more));
  const state = (provider: string) => desk.views.find(({ name }) => name === provider);
  return { desk, clock, permit, end, state };
}

describe('breaker, shared by all agents', () => {
  test('opens after failures in a row, tries once after its pause, doubles it, closes on success', async () => {
    const { desk, clock, permit, end, state } = await open();
    end('a', 'failed');
    end('a', 'ok');
    end('a', 'failed');
    await clock.advance(windowMs);
    end('a', 'failed');
    expect(state('a')).toMatchObject({ state: 'paused', problem: 'answered with status 500' });
    expect(desk.acquire('a', 'agent-2')).toMatchObject({ granted: false, waitMs: 10_000 });
    await clock.advance(10_000);
    const trial = permit('a', 'agent-2');
    expect(state('a')).toMatchObject({ state: 'trying' });
    expect(desk.acquire('a', 'agent-3')).toMatchObject({ granted: false });
    desk.report(trial, 'agent-2', report('failed'));
    expect(desk.acquire('a', 'agent-3')).toMatchObject({ granted: false, waitMs: 20_000 });
    await clock.advance(windowMs);
    end('a', 'ok');
    expect(state('a')).toMatchObject({ state: 'up', problem: null });
  });

  test('an agent that dies while it tries does not lock the others out', async () => {
    const { desk, clock, permit, end } = await open();
    end('a', 'failed');
    end('a', 'failed');
    await clock.advance(windowMs);
    permit('a', 'agent-2');
    desk.abandon('agent-2');
    expect(desk.acquire('a', 'agent-3')).toMatchObject({ granted: true });
  });

  test('a cancelled request and a foreign permit tell nothing', async () => {
    const { desk, permit, end, state } = await open();
    end('b', 'failed');
    end('b', 'cancelled');
    const mine = permit('b');
    expect(desk.report(mine, 'agent-9', report('ok'))).toBe(false);
    expect(desk.report('p999', 'agent-1', report('ok'))).toBe(false);
    expect(desk.report(mine, 'agent-1', report('ok'))).toBe(true);
    expect(desk.report(mine, 'agent-1', report('ok'))).toBe(false);
    expect(state('b')).toMatchObject({ state: 'up', inFlight: 0 });
  });
});

describe('rate', () => {
  test('never more than the limit in any minute, told how long to wait, also after a restart', async () => {
    const first = await open();
    for (let index = 0; index < 3; index++) first.end('a', 'ok');
    expect(first.state('a')).toMatchObject({ state: 'limited', rateLeft: 0 });
    expect(first.desk.acquire('a', 'x')).toMatchObject({ granted: false, waitMs: windowMs });
    await first.clock.advance(20_000);
    await first.desk.stop();
    const again = await open(first.clock);
    expect(again.desk.acquire('a', 'x')).toMatchObject({ granted: false, waitMs: 40_000 });
    await again.clock.advance(40_000);
    expect(again.desk.acquire('a', 'x')).toMatchObject({ granted: true });
  });

  test('a 429 is no failure: it is left alone as long as it asked, or 10 s', async () => {
    const { desk, clock, end, state } = await open();
    end('b', 'rate-limited', { retryAfterMs: 30_000 });
    expect(state('b')).toMatchObject({ state: 'limited', today: { failures: 0, limited: 1 } });
    expect(desk.acquire('b', 'x')).toMatchObject({ granted: false, waitMs: 30_000 });
    await clock.advance(30_000);
    end('b', 'rate-limited');
    expect(desk.acquire('b', 'x')).toMatchObject({ granted: false, waitMs: 10_000 });
  });

  test('the law: in every window of a minute at most the limit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), fc.array(fc.nat(20_000), { maxLength: 100 }), (limit, gaps) => {
        const admitted: number[] = [];
        let times: readonly number[] = [];
        let now = 0;
        for (const gap of gaps) {
          now += gap;
          const found = admitRate(times, limit, now);
          times = found.times;
          if (found.waitMs === null) admitted.push(now);
          else expect(admitRate(times, limit, now + found.waitMs).waitMs).toBeNull();
        }
        for (const start of admitted) expect(admitted.filter((at) => at >= start && at < start + windowMs).length).toBeLessThanOrEqual(limit);
      }),
    );
  });
});

describe('use', () => {
  test('tokens and cost are counted, kept over a restart, and begin anew at midnight', async () => {
    const first = await open();
    first.end('a', 'ok', { inputTokens: 1_000, outputTokens: 500 });
    first.end('b', 'ok', { inputTokens: 10, outputTokens: 5, estimated: true });
    expect(first.state('a')?.today).toEqual({ requests: 1, failures: 0, limited: 0, inputTokens: 1_000, outputTokens: 500, cost: 0.007, estimated: false });
    expect(first.state('b')?.today).toMatchObject({ cost: null, estimated: true });
    await first.desk.stop();
    const again = await open(first.clock);
    expect(again.state('a')?.today).toMatchObject({ requests: 1, cost: 0.007 });
    await again.clock.advance(86_400_000);
    expect(again.state('a')?.today).toMatchObject({ requests: 0, cost: 0 });
  });

  test('a damaged file counts as none', async () => {
    await writeFile(join(dir, 'providers.json'), '{"day":"2026-');
    const { state, end, desk } = await open();
    end('b', 'ok');
    expect(state('b')?.today.requests).toBe(1);
    await desk.stop();
    expect(JSON.parse(await readFile(join(dir, 'providers.json'), 'utf8'))).toMatchObject({ providers: { b: { usage: { requests: 1 } } } });
  });
});
