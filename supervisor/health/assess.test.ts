import { describe, expect, it } from 'vitest';
import type { ProcessView } from '../../contract/state.js';
import { poolOf, processOf } from '../../contract/test-state.js';
import { assess, type Evidence } from './assess.js';

const processView = (name: string, kind: ProcessView['kind'], state: ProcessView['state']): ProcessView => processOf({ name, kind, state, detail: 'because.' });
const queue = (waiting = 0) => ({ waiting, active: 0, delayed: 0, failed: 0, completed: 0, oldestWaitingMs: null, workers: 1 });

const good: Evidence = {
  processes: [processView('redis', 'redis', 'running'), processView('worker-turns', 'worker', 'running')],
  redisProved: true,
  provedQueues: new Set(['turns', 'coach']),
  consumedQueues: new Set(['turns', 'coach']),
  queues: { turns: queue(), coach: queue() },
  apiOpen: true,
  pool: poolOf(),
  sessions: { pool: 3, target: 3, starting: 0, active: 0, waiting: 0, capacity: 50 },
  turnsDone: 0,
  turnsFailed: 0,
  uptimeMs: 1_000,
  version: '0',
  configProblem: null,
  starting: false,
  stopping: false,
  safeMode: null,
  hold: null,
  redisRefuses: null,
};

it('called a pool empty that keeps nobody warm in a quiet hour: now only one that should', () => {
  const templates = (wanted: number) => [
    { template: good.pool.template, target: 3, wanted, ready: 0, starting: 0, assigned: 0, estimateBytes: 1, trouble: null },
  ];
  expect(assess({ ...good, pool: { ...good.pool, ready: 0, templates: templates(0) } }).status).toBe('healthy');
  expect(assess({ ...good, pool: { ...good.pool, ready: 0, templates: templates(1) } }).reasons.map(({ code }) => code)).toEqual(['pool-empty']);
});

it('a schedule that was taken out of the line degrades, by name', () => {
  const { status, reasons } = assess({ ...good, parkedSchedules: ['nightly'] });
  expect([status, reasons]).toEqual([
    'degraded',
    [expect.objectContaining({ code: 'schedule-parked', message: expect.stringContaining('nightly is parked') })],
  ]);
});

describe('queues', () => {
  const reasons = (more: Partial<Evidence>) => assess({ ...good, ...more });
  const lonely = { ...queue(), workers: 0 };

  it('nobody consumes: down for turns, degraded where jobs wait, nothing where none do', () => {
    const down = reasons({ queues: { ...good.queues, turns: lonely }, consumedQueues: new Set(['coach']) });
    expect([down.status, down.reasons[0]?.code, down.reasons[0]?.process]).toEqual(['down', 'queue-unconsumed', 'turns']);
    const waits = reasons({ queues: { ...good.queues, trends: { ...lonely, waiting: 2, delayed: 1 } } });
    expect([waits.status, waits.reasons[0]?.message]).toEqual(['degraded', '3 jobs are in trends, but no worker consumes it.']);
    expect(reasons({ queues: { ...good.queues, trends: lonely } }).status).toBe('healthy');
    // A worker on another machine does.
    expect(reasons({ queues: { ...good.queues, trends: { ...queue(5), workers: 1 } } }).status).toBe('healthy');
  });

  it('that are paused are told, unless everything is held', () => {
    const queues = { ...good.queues, turns: { ...queue(7), paused: true } };
    expect(reasons({ queues })).toMatchObject({ status: 'degraded', reasons: [{ code: 'queue-paused', process: 'turns' }] });
    const hold = { level: 'hold' as const, sinceMs: 0, queues: ['turns'], survivors: [], complete: true };
    expect(reasons({ queues, hold }).reasons.map(({ code }) => code)).toEqual(['held']);
  });
});

describe('services and the config file', () => {
  const service = (state: ProcessView['state'], more: Partial<ProcessView> = {}): ProcessView => ({ ...processView('api', 'service', state), ...more });
  const exit = (cause: 'clean' | 'crash') => ({ atMs: 0, cause, code: 0, signal: null, message: '' });

  it.each([
    [service('running'), 'healthy'],
    [service('starting'), 'down'],
    [service('quarantined'), 'down'],
    [service('stopped', { lastExit: exit('clean') }), 'down'],
    [service('running', { required: false }), 'healthy'],
    [service('backoff', { required: false }), 'degraded'],
    [service('stopped', { required: false, lastExit: exit('crash') }), 'degraded'],
    [service('stopped', { required: false, lastExit: exit('clean') }), 'healthy'],
  ])('%# $state, required $required', (view, status) => {
    const health = assess({ ...good, processes: [...good.processes, view] });
    expect(health.status).toBe(status);
    if (status !== 'healthy') expect(health.reasons).toMatchObject([{ code: 'service-down', process: 'api' }]);
  });

  it.each([
    ['starting', 'crash', /api is starting again: port 8000 is taken\.$/],
    ['starting', 'deliberate', /api is starting: because\.$/],
    ['backoff', 'crash', /: because\.$/],
  ] as const)('between two crashes the reason stays in sight: %s after %s', (state, cause, said) => {
    const lastExit = { atMs: 0, cause, code: 1, signal: null, message: 'port 8000 is taken' };
    const health = assess({ ...good, processes: [...good.processes, { ...processView('api', 'service', state), lastExit }] });
    expect(health.reasons[0]?.message).toMatch(said);
  });

  it('a config file that cannot be used is said and degrades', () => {
    const health = assess({ ...good, configProblem: 'roost.yaml: unknown key "pol"' });
    expect(health).toMatchObject({ status: 'degraded', reasons: [{ code: 'config-invalid', process: 'roost' }] });
    expect(health.reasons[0]?.message).toContain('unknown key "pol"');
  });

  it('a process that crashes is told with what it said last, once', () => {
    const lastExit = { atMs: 0, cause: 'crash' as const, code: 1, signal: null, message: 'it crashed with exit code 1', lastLine: 'RuntimeError: no password' };
    const told = (detail: string): string | undefined =>
      assess({ ...good, processes: [...good.processes, { ...processView('pay', 'service', 'quarantined'), required: false, detail, lastExit }] }).reasons[0]
        ?.message;
    expect(told('It was started 5 times within 60 s.')).toBe(
      'pay keeps failing and is set aside: It was started 5 times within 60 s. It said last: “RuntimeError: no password”.',
    );
    expect(told('It said: RuntimeError: no password.')).toBe('pay keeps failing and is set aside: It said: RuntimeError: no password.');
  });

  it('a config file that others can write is said and degrades', () => {
    const health = assess({ ...good, configExposed: 'its folder is open to all' });
    expect(health).toMatchObject({ status: 'degraded', reasons: [{ code: 'config-writable', process: 'roost', message: 'its folder is open to all' }] });
  });
});

describe('assess', () => {
  it('is healthy only with everything up and proved', () => {
    expect(assess(good)).toMatchObject({ status: 'healthy', reasons: [], required: { redis: true, api: true, worker: true }, errorRate: 0 });
  });

  it.each<[string, Partial<Evidence>, string, string]>([
    ['Roost kept dying itself', { safeMode: { crashes: 3, windowMs: 600_000 } }, 'degraded', 'safe-mode'],
    [
      'no memory for agents',
      { pool: { ...good.pool, memory: { state: 'short', usedBytes: 2, budgetBytes: 1, freeBytes: 9, reserveBytes: 1, message: 'Memory is short.' } } },
      'degraded',
      'memory-short',
    ],
    ['no worker process', { processes: [processView('redis', 'redis', 'running')] }, 'down', 'worker-missing'],
    ['a stopped worker', { processes: [processView('redis', 'redis', 'running'), processView('worker-turns', 'worker', 'stopped')] }, 'down', 'worker-down'],
    ['one of two workers down', { processes: [...good.processes, processView('worker-b', 'worker', 'backoff')] }, 'down', 'worker-down'],
    ['a worker that runs but answers no canary', { provedQueues: new Set(['turns']) }, 'down', 'worker-unproved'],
    ['redis not answering', { redisProved: false }, 'down', 'redis-down'],
    ['redis stopped', { processes: [processView('redis', 'redis', 'stopped'), processView('worker-turns', 'worker', 'running')] }, 'down', 'redis-down'],
    ['no API', { apiOpen: false }, 'down', 'api-down'],
    ['starting', { starting: true }, 'down', 'starting'],
    ['stopping', { stopping: true }, 'down', 'stopping'],
    ['an empty pool', { pool: { ...good.pool, ready: 0 } }, 'degraded', 'pool-empty'],
    ['agents that fail to start', { pool: { ...good.pool, trouble: 'The template fails.' } }, 'degraded', 'agents-failing'],
    ['an error rate over 10 %', { turnsDone: 8, turnsFailed: 2 }, 'degraded', 'error-rate'],
    ['a backlog', { queues: { turns: queue(101), coach: queue() } }, 'degraded', 'queue-backlog'],
  ])('%s', (_name, change, status, code) => {
    const health = assess({ ...good, ...change });
    expect(health.status).toBe(status);
    expect(health.reasons.map((reason) => reason.code)).toContain(code);
  });

  it('says why a worker ended while it starts again', () => {
    const lastExit = { atMs: 0, cause: 'signal' as const, code: null, signal: 'SIGKILL', message: 'it was killed with SIGKILL' };
    const health = assess({
      ...good,
      processes: [processView('redis', 'redis', 'running'), { ...processView('worker-turns', 'worker', 'starting'), lastExit }],
    });
    expect(health.reasons[0]?.message).toContain('is starting again: it was killed with SIGKILL.');
  });

  it('ends every sentence before it begins the next one', () => {
    const stopped = { ...processView('worker-turns', 'worker', 'stopped'), detail: 'stopped by a person' };
    const [reason] = assess({ ...good, processes: [processView('redis', 'redis', 'running'), stopped] }).reasons;
    expect(reason?.message).toContain('stopped by a person. Turns and suggestions wait');
  });

  it('does not call three failures of four a rate', () => {
    expect(assess({ ...good, turnsDone: 1, turnsFailed: 3 })).toMatchObject({ status: 'healthy', errorRate: 0.75 });
  });

  it('accepts an empty pool when none is wanted', () => {
    expect(assess({ ...good, pool: { ...good.pool, target: 0, ready: 0 } }).status).toBe('healthy');
  });
});

describe('an emergency stop', () => {
  const hold = { level: 'interrupt', sinceMs: 0, queues: ['turns'], survivors: [{ kind: 'job', name: 't-1', pid: null, detail: '' }], complete: true } as const;

  it('is degraded, not down: nothing is broken, and nobody can prove anything on a paused queue', () => {
    const health = assess({
      ...good,
      hold: { ...hold, queues: ['turns'], survivors: [...hold.survivors] },
      provedQueues: new Set(),
      pool: { ...good.pool, ready: 0 },
    });
    expect(health).toMatchObject({ status: 'degraded', required: { redis: true, worker: true } });
    expect(health.reasons).toEqual([
      expect.objectContaining({ code: 'held', message: expect.stringMatching(/held by a person \(interrupt\).* 1 still runs/) }),
    ]);
  });
});

it.each(['disk-full', 'memory-full'] as const)('a Redis that refuses changes (%s) is down: nothing can be accepted', (code) => {
  expect(assess({ ...good, redisRefuses: { code, message: 'no room' } })).toMatchObject({
    status: 'down',
    required: { redis: false },
    reasons: [{ code, process: 'redis', message: 'no room' }],
  });
});
