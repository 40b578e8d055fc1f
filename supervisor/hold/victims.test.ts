import { expect, it } from 'vitest';
import type { ProcessRow } from '../process/proc-stat.js';
import type { Launch } from '../process/types.js';
import { kindOf, victimsOf } from './victims.js';

const row = (pid: number, ppid: number, zombie = false): ProcessRow => ({ pid, ppid, groupId: pid, startedAt: `at ${pid}`, zombie, cpuMs: 0, rssPages: 0 });
const living = (name: string, kind: Launch['kind'], pid: number, program: Launch['program'] = { command: ['x'] }) => ({
  launch: { name, kind, program, env: {}, stdin: 'none', wire: 'none' } as const,
  pid,
  identity: { pid, startedAt: `at ${pid}`, bootId: 'b' },
});

it.each([
  [living('agent-1', 'agent', 1), 'agent'],
  [living('agent-1.run', 'agent', 1), 'command'],
  [living('handler-2', 'worker', 1, { entry: 'handler-process', args: [] }), 'handler'],
  [living('worker-turns', 'worker', 1, { entry: 'queue-worker', args: [] }), 'worker'],
  [living('redis', 'redis', 1), null],
  [living('api', 'service', 1), null],
] as const)('%# is %s', (one, kind) => expect(kindOf(one)).toBe(kind));

it('names everybody at work with all they started, and nobody else', () => {
  const rows = [row(10, 1), row(11, 10), row(12, 11), row(13, 10, true), row(20, 1), row(21, 20), row(30, 1), row(31, 30)];
  const victims = victimsOf(
    [living('agent-1.run', 'agent', 10), living('redis', 'redis', 20), living('handler-0', 'worker', 30, { entry: 'handler-process', args: [] })],
    rows,
    'b',
  );
  expect(victims.map(({ kind, name, identity }) => `${kind} ${name} ${identity?.pid}`)).toEqual([
    'command agent-1.run 10',
    'command agent-1.run (started by it) 11',
    'command agent-1.run (started by it) 12',
    'handler handler-0 30',
    'handler handler-0 (started by it) 31',
  ]);
  expect(victims[1]?.identity).toEqual({ pid: 11, startedAt: 'at 11', bootId: 'b' });
});
