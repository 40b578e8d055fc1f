import { expect, test } from 'vitest';
import { WorkRecord } from './turn-work.js';

const call = (id: string, more: object = {}) => ({
  kind: 'tool' as const,
  id,
  title: 'Edit',
  status: 'in_progress',
  tool: 'edit',
  places: null,
  content: null,
  ...more,
});

test('tool calls keep what an update leaves out', () => {
  const work = new WorkRecord();
  work.add(call('a', { places: ['/a:1'], content: [{ type: 'diff', path: '/a', oldText: 'x', newText: 'y' }] }));
  work.add(call('a', { title: null, tool: null, status: 'completed' }));
  expect(work.view?.tools).toEqual([
    { id: 'a', title: 'Edit', kind: 'edit', status: 'completed', places: ['/a:1'], text: null, diffs: [{ path: '/a', oldText: 'x', newText: 'y' }] },
  ]);
});

test('is bounded in number and size', () => {
  const work = new WorkRecord();
  const content = [{ type: 'diff' as const, path: '/a', oldText: 'o'.repeat(50_000), newText: 'n'.repeat(50_000) }];
  for (let index = 0; index < 100; index++) work.add(call(`c${index}`, { content }));
  expect(work.view?.tools).toHaveLength(60);
  expect(work.view?.more).toBe(40);
  expect(JSON.stringify(work.view).length).toBeLessThan(130_000);
});

test('what Roost did is told, unless the agent shows it itself', () => {
  const work = new WorkRecord();
  const run = { id: 'roost-term-1', kind: 'execute', title: 'Run npm test' } as const;
  expect(work.did({ ...run, status: 'in_progress' })).toBe(true);
  expect(work.did({ ...run, status: 'completed' })).toBe(true);
  work.add(call('own', { tool: 'execute' }));
  expect(work.did({ ...run, id: 'roost-term-2', status: 'in_progress' })).toBe(false);
  expect(work.view?.tools.map(({ id, status }) => [id, status])).toEqual([
    ['roost-term-1', 'completed'],
    ['own', 'in_progress'],
  ]);
});
