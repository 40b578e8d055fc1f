import { describe, expect, it } from 'vitest';
import type { HoldLevel } from '../../contract/state.js';
import { merged, stronger, survivorsOf } from './hold-plan.js';

it.each<[HoldLevel, HoldLevel, HoldLevel]>([
  ['hold', 'hold', 'hold'],
  ['hold', 'kill', 'kill'],
  ['kill', 'hold', 'kill'],
  ['interrupt', 'hold', 'interrupt'],
  ['interrupt', 'kill', 'kill'],
])('%s and %s are %s', (left, right, both) => expect(stronger(left, right)).toBe(both));

it('two records of one stop forget no queue and keep the first moment', () => {
  const file = { level: 'hold', sinceMs: 100, queues: ['turns'] } as const;
  const redis = { level: 'kill', sinceMs: 50, queues: ['coach', 'turns'] } as const;
  expect(merged(file, redis)).toEqual({ level: 'kill', sinceMs: 50, queues: ['turns', 'coach'] });
  expect(merged(file, undefined)).toBe(file);
  expect(merged(undefined, redis)).toBe(redis);
  expect(merged(undefined, undefined)).toBeUndefined();
});

describe('survivors', () => {
  const remains = {
    jobs: [{ id: 't-1', name: 'turn', queue: 'turns' }],
    busyAgents: [
      { name: 'agent-1', pid: 11 },
      { name: 'agent-2', pid: 12 },
    ],
    unkilled: [{ kind: 'agent', name: 'agent-2', pid: 12 }],
  } as const;

  it('are none when nothing is left', () => expect(survivorsOf('kill', { jobs: [], busyAgents: [], unkilled: [] })).toEqual([]));
  it('name each thing once', () => {
    expect(survivorsOf('kill', remains).map(({ kind, name, pid }) => [kind, name, pid])).toEqual([
      ['agent', 'agent-2', 12],
      ['agent', 'agent-1', 11],
      ['job', 't-1', null],
    ]);
  });
  it('of a plain hold are no failures: they may go on', () => {
    expect(survivorsOf('hold', { ...remains, unkilled: [] }).every(({ detail }) => detail.includes('goes on to its end'))).toBe(true);
  });
});
