import { describe, expect, it } from 'vitest';
import type { ServiceConfig } from '../../contract/services.js';
import type { ExitCause, ExitView } from '../../contract/state.js';
import { judgeExit, ladderOf, memoryVerdict, recycleDelayMs } from './verdicts.js';

const exit = (cause: ExitCause, code: number | null = null): ExitView => ({ atMs: 0, cause, code, signal: null, message: 'it ended' });
const rules = (policy: 'always' | 'on-failure' | 'never', more: Partial<ServiceConfig['restart']> = {}): ServiceConfig['restart'] => ({
  policy,
  successCodes: [0],
  permanentCodes: [78],
  ...more,
});

describe('judgeExit', () => {
  it.each([
    ['always', exit('clean', 0), 'clean', undefined],
    ['always', exit('crash', 3), 'crash', undefined],
    ['on-failure', exit('clean', 0), 'clean', 'stay'],
    ['on-failure', exit('crash', 3), 'crash', undefined],
    ['on-failure', exit('signal'), 'signal', undefined],
    ['on-failure', exit('memory'), 'memory', undefined],
    ['on-failure', exit('spawn-failed'), 'spawn-failed', undefined],
    ['never', exit('clean', 0), 'clean', 'stay'],
    ['never', exit('crash', 3), 'crash', 'stay'],
    ['never', exit('unresponsive'), 'unresponsive', 'stay'],
    // What Roost itself planned is followed by a new life even then.
    ['never', exit('recycled'), 'recycled', undefined],
    ['never', exit('deliberate'), 'deliberate', undefined],
    ['always', exit('config', 78), 'config', undefined],
  ] as const)('%s, %j', (policy, seen, cause, decision) => {
    const judged = judgeExit(rules(policy), seen);
    expect(judged.exit.cause).toBe(cause);
    expect(judged.decision?.kind).toBe(decision);
  });

  it.each([
    [{ successCodes: [0, 143] }, exit('crash', 143), 'clean'],
    [{ successCodes: [7] }, exit('clean', 0), 'crash'],
    [{ permanentCodes: [2] }, exit('crash', 2), 'config'],
    [{ permanentCodes: [] }, exit('config', 78), 'crash'],
    [{ successCodes: [2], permanentCodes: [2] }, exit('crash', 2), 'clean'],
    // It was killed for its memory; the code it ended with says nothing then.
    [{ successCodes: [0, 1] }, { ...exit('memory', 1) }, 'memory'],
  ] as readonly [Partial<ServiceConfig['restart']>, ExitView, ExitCause][])('reads codes as %j says: %j', (more, seen, cause) => {
    expect(judgeExit(rules('always', more), seen).exit.cause).toBe(cause);
  });
});

describe('ladderOf', () => {
  it('without a message the signal comes at once', () => {
    expect(ladderOf({ signal: 'SIGINT', grace: 4_000 })).toEqual({ signal: 'SIGINT', termAfterMs: 0, killAfterMs: 4_000 });
  });
  it('with a message it waits for half of the grace', () => {
    expect(ladderOf({ message: 'quit', signal: 'SIGTERM', grace: 4_000 })).toEqual({
      message: 'quit',
      signal: 'SIGTERM',
      termAfterMs: 2_000,
      killAfterMs: 4_000,
    });
  });
  it('a cap shortens the whole way', () => {
    expect(ladderOf({ message: 'quit', signal: 'SIGTERM', grace: 4_000 }, 300)).toMatchObject({ termAfterMs: 150, killAfterMs: 300 });
  });
});

describe('memoryVerdict', () => {
  it.each([
    [10_000, undefined, 'fine'],
    [79, 100, 'fine'],
    [80, 100, 'high'],
    [99, 100, 'high'],
    [100, 100, 'over'],
    [900, 100, 'over'],
  ] as const)('%d of %d is %s', (rss, limit, verdict) => {
    expect(memoryVerdict(rss, limit)).toBe(verdict);
  });
});

describe('recycleDelayMs', () => {
  it.each([
    [0, 80_000],
    [0.5, 100_000],
    [0.999999, 120_000],
  ])('by chance %d', (chance, expected) => {
    expect(recycleDelayMs({ after: 100_000, variance: 0.2 }, () => chance)).toBe(expected);
  });
});
