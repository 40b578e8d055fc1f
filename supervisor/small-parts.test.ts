import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ProcessView, TurnView } from '../contract/state.js';
import { processOf } from '../contract/test-state.js';
import { systemClock } from '../core/base/clock.js';
import { silentLog } from '../core/base/log.js';
import { ManualClock } from '../core/base/manual-clock.js';
import { ActivityLog, activityOf } from './activity-log.js';
import { prepareDataDir } from './data-dir.js';
import { TurnStats } from './turn-stats.js';

const view = (state: ProcessView['state'], more: Partial<ProcessView> = {}): ProcessView => processOf({ state, detail: 'detail.', ...more });

describe('activityOf', () => {
  it.each<[ProcessView['state'], ProcessView['state'], Partial<ProcessView>, string | undefined]>([
    ['starting', 'running', {}, 'started'],
    ['starting', 'running', { incarnation: 2 }, 'recovered'],
    ['running', 'backoff', {}, 'down'],
    ['running', 'starting', {}, 'down'],
    ['backoff', 'starting', {}, undefined],
    ['backoff', 'quarantined', {}, 'quarantined'],
    ['running', 'stopping', {}, undefined],
    ['stopping', 'stopped', {}, 'stopped'],
    ['running', 'running', {}, undefined],
  ])('%s -> %s', (from, to, more, kind) => {
    expect(activityOf(view(from), view(to, more))?.kind).toBe(kind);
  });
});

describe('ActivityLog', () => {
  it('keeps the newest hundred, newest first, and tells', () => {
    const log = new ActivityLog({ clock: new ManualClock() });
    const heard: string[] = [];
    log.onAdded((activity) => heard.push(activity.message));
    for (let n = 1; n <= 120; n++) log.add('info', 'x', 'p', `m${n}`);
    expect(log.items).toHaveLength(100);
    expect(log.items[0]).toMatchObject({ id: 120, message: 'm120' });
    expect(heard).toHaveLength(120);
  });
});

describe('TurnStats', () => {
  const turn = (status: TurnView['status'], totalMs: number): TurnView => ({ status, timings: { queueMs: 0, chooseMs: 0, agentMs: 0, totalMs } }) as TurnView;

  it('counts failures of five minutes and the median of one', () => {
    const stats = new TurnStats();
    stats.add(turn('failed', 1), 0);
    stats.add(turn('done', 10), 250_000);
    stats.add(turn('done', 30), 290_000);
    stats.add(turn('done', 20), 290_000);
    stats.add(turn('cancelled', 9), 290_000);
    expect(stats.recent(299_000)).toEqual({ done: 3, failed: 1, p50Ms: 20 });
    expect(stats.recent(301_000)).toMatchObject({ done: 3, failed: 0 });
    expect(stats.take()).toEqual({ done: 3, failed: 1 });
    expect(stats.take()).toEqual({ done: 0, failed: 0 });
  });
});

describe('prepareDataDir', () => {
  it('is for its owner only and keeps its name across runs', async () => {
    const base = mkdtempSync(join(tmpdir(), 'roost dir ü-'));
    const path = join(base, 'a', 'b');
    const first = await prepareDataDir(path, { version: '1.0.0', clock: systemClock, log: silentLog });
    const second = await prepareDataDir(path, { version: '1.0.0', clock: systemClock, log: silentLog });
    expect(second.node).toBe(first.node);
    expect(second.runId).not.toBe(first.runId);
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o700);
    rmSync(base, { recursive: true });
  });

  it('says why a directory cannot be used', async () => {
    await expect(prepareDataDir(join(import.meta.filename, 'none'), { version: '1.0.0', clock: systemClock, log: silentLog })).rejects.toMatchObject({
      code: 'config-invalid',
    });
  });
});
