import { describe, expect, it } from 'vitest';
import type { ExitView } from '../../contract/state.js';
import { decide, defaultRestartLimits, noHistory, withStart } from './restart-policy.js';
import { next, type ProcessEvent, type ProcessStatus, possibleActs, statusSentence } from './status.js';

const stopped: ProcessStatus = { kind: 'stopped', detail: 's' };
const starting: ProcessStatus = { kind: 'starting', origin: 'system', number: 2 };
const clicked: ProcessStatus = { kind: 'starting', origin: 'person', number: 2 };
const running: ProcessStatus = { kind: 'running', origin: 'system', number: 2, readyMs: 0 };
const stopping: ProcessStatus = { kind: 'stopping', number: 2, afterwards: 'stay', cause: 'deliberate', detail: 'x' };
const restarting: ProcessStatus = { ...stopping, afterwards: 'start' };
const condemned: ProcessStatus = { ...stopping, afterwards: 'policy', cause: 'stalled' };
const backoff: ProcessStatus = { kind: 'backoff', dueMs: 100, detail: 'b' };
const quarantined: ProcessStatus = { kind: 'quarantined', dueMs: 100, detail: 'q' };
const failed: ProcessStatus = { kind: 'failed', detail: 'f' };

const exited = (number: number | null): ProcessEvent => ({ kind: 'exited', number, nowMs: 50, decision: { kind: 'restart', delayMs: 10, detail: 'again' } });

describe('what an event does to a status', () => {
  const same = 'same';
  it.each<[string, ProcessStatus, ProcessEvent, object | 'same']>([
    ['start of stopped', stopped, { kind: 'start', origin: 'system' }, { kind: 'starting', origin: 'system', number: null }],
    ['start of running', running, { kind: 'start', origin: 'person' }, same],
    ["Roost's start does not break a quarantine", quarantined, { kind: 'start', origin: 'system' }, same],
    ["Roost's start does not shorten a wait", backoff, { kind: 'start', origin: 'system' }, same],
    ["Roost's start does not revive what failed", failed, { kind: 'start', origin: 'system' }, same],
    ["a person's start does", quarantined, { kind: 'start', origin: 'person' }, { kind: 'starting', origin: 'person' }],
    ['start while stopping', stopping, { kind: 'start', origin: 'person' }, { kind: 'stopping', afterwards: 'start' }],
    ['start of condemned', condemned, { kind: 'start', origin: 'system' }, same],
    ['stop of running', running, { kind: 'stop', why: 'w' }, { kind: 'stopping', number: 2, afterwards: 'stay', cause: 'deliberate', detail: 'w' }],
    ['stop of a wait', backoff, { kind: 'stop', why: 'w' }, { kind: 'stopped', detail: 'w' }],
    ['stop of restarting', restarting, { kind: 'stop', why: 'w' }, { kind: 'stopping', afterwards: 'stay' }],
    ['stop twice', stopping, { kind: 'stop', why: 'w' }, same],
    ['restart of running', running, { kind: 'restart', why: 'w' }, { kind: 'stopping', afterwards: 'start', number: 2 }],
    ['restart of an automatic start', starting, { kind: 'restart', why: 'w' }, { kind: 'stopping', afterwards: 'start' }],
    ['restart of a start that was asked for', clicked, { kind: 'restart', why: 'w' }, same],
    ['restart twice', restarting, { kind: 'restart', why: 'w' }, same],
    ['restart of failed', failed, { kind: 'restart', why: 'w' }, { kind: 'starting', origin: 'person', number: null }],
    ['verdict on running', running, { kind: 'condemn', cause: 'stalled', why: 'w' }, { kind: 'stopping', afterwards: 'policy', cause: 'stalled' }],
    ['verdict on stopping', stopping, { kind: 'condemn', cause: 'stalled', why: 'w' }, same],
    ['verdict on a wait', backoff, { kind: 'condemn', cause: 'stalled', why: 'w' }, same],
    ['ready', starting, { kind: 'ready', number: 2, nowMs: 9 }, { kind: 'running', readyMs: 9 }],
    ['ready of an earlier life', starting, { kind: 'ready', number: 1, nowMs: 9 }, same],
    ['ready while stopping', stopping, { kind: 'ready', number: 2, nowMs: 9 }, same],
    ['exit', running, exited(2), { kind: 'backoff', dueMs: 60, detail: 'again' }],
    ['exit of an earlier life', running, exited(1), same],
    ['exit while stopping', stopping, exited(2), { kind: 'stopped' }],
    ['exit while restarting', restarting, exited(2), { kind: 'starting', origin: 'person', number: null }],
    ['exit of condemned', condemned, exited(2), { kind: 'backoff' }],
    ['exit of stopped', stopped, exited(2), same],
    ['due of a wait', backoff, { kind: 'due' }, { kind: 'starting', origin: 'policy', number: null }],
    ['due of a quarantine', quarantined, { kind: 'due' }, { kind: 'starting', origin: 'probe', number: null }],
    ['due too late', running, { kind: 'due' }, same],
  ])('%s', (_what, status, event, expected) => {
    const after = next(status, event);
    if (expected === same) expect(after).toBe(status);
    else expect(after).toMatchObject(expected);
    expect(statusSentence(after)).not.toBe('');
  });

  it('offers only acts that do something', () => {
    for (const status of [stopped, starting, running, stopping, backoff, quarantined, failed]) {
      const can = possibleActs(status);
      if (can.start) expect(next(status, { kind: 'start', origin: 'person' })).not.toBe(status);
      if (can.stop) expect(next(status, { kind: 'stop', why: 'w' })).not.toBe(status);
      if (can.restart) expect(next(status, { kind: 'restart', why: 'w' })).not.toBe(status);
    }
  });
});

describe('what follows an exit', () => {
  const exit = (cause: ExitView['cause']): ExitView => ({ atMs: 0, cause, code: null, signal: null, message: 'm' });
  const now = 1_000_000;
  const follows = (cause: ExitView['cause'], life: { ranMs?: number | null; probe?: boolean } = {}, history = noHistory) =>
    decide(history, { exit: exit(cause), ranMs: life.ranMs ?? null, probe: life.probe ?? false }, now, () => 0.5);

  it.each([
    ['deliberate', 'stay'],
    ['config', 'failed'],
    ['clean', 'restart'],
    ['crash', 'restart'],
    ['stalled', 'restart'],
    ['memory', 'restart'],
    ['spawn-failed', 'restart'],
  ] as const)('%s: %s', (cause, kind) => {
    expect(follows(cause).decision.kind).toBe(kind);
  });

  it('a recycled process that never became ready is a failure like any other', () => {
    expect(follows('recycled', { ranMs: 10 }).decision).toMatchObject({ kind: 'restart', delayMs: 0 });
    expect(follows('recycled').decision).toMatchObject({ kind: 'restart', delayMs: 500 });
  });

  it('a probe must run for the whole window to close the quarantine', () => {
    expect(follows('crash', { probe: true, ranMs: 59_999 }).decision).toMatchObject({ kind: 'quarantine', probeMs: 300_000 });
    expect(follows('crash', { probe: true, ranMs: 60_000 }).decision.kind).toBe('restart');
  });

  it('forgets starts that are out of every window', () => {
    let history = noHistory;
    for (let start = 0; start < 50; start++) history = withStart(history, start * 300_000, defaultRestartLimits);
    expect(history.starts.length).toBeLessThanOrEqual(3);
  });
});
