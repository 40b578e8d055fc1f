import { describe, expect, it } from 'vitest';
import { dependencyFault, dependentsOf } from './order.js';

const services = (graph: Readonly<Record<string, readonly string[]>>) =>
  Object.fromEntries(Object.entries(graph).map(([name, needs]) => [name, { dependsOn: Object.fromEntries(needs.map((need) => [need, 'ready' as const])) }]));

describe('dependencyFault', () => {
  it.each([
    ['nothing at all', {}],
    ['a chain', { a: ['b'], b: ['c'], c: ['redis'] }],
    ['a diamond', { a: ['b', 'c'], b: ['d'], c: ['d'], d: [] }],
  ])('%s is fine', (_what, graph) => {
    expect(dependencyFault(services(graph as Record<string, string[]>))).toBeUndefined();
  });

  it.each([
    ['one that waits for itself', { a: ['a'] }, ['a', 'a']],
    ['two that wait for each other', { a: ['b'], b: ['a'] }, ['a', 'b', 'a']],
    ['a ring behind an entrance', { x: ['a'], a: ['b'], b: ['c'], c: ['a'] }, ['a', 'b', 'c', 'a']],
    ['a ring beside what is fine', { fine: [], c: ['d'], d: ['c', 'fine'] }, ['c', 'd', 'c']],
  ])('%s is named with its whole way', (_what, graph, path) => {
    expect(dependencyFault(services(graph as unknown as Record<string, string[]>))).toEqual({ kind: 'cycle', path });
  });

  it('names who wants somebody that is not there', () => {
    expect(dependencyFault(services({ a: ['redis'], b: ['ghost'] }))).toEqual({ kind: 'unknown', service: 'b', dependency: 'ghost' });
  });

  it('does not take a name of every object for a dependency', () => {
    expect(dependentsOf('constructor', [['a', { dependsOn: { b: 'ready' } }]])).toEqual([]);
  });

  it('ends for a thousand services that all know each other', () => {
    const names = Array.from({ length: 1_000 }, (_, index) => `s${index}`);
    const graph = Object.fromEntries(names.map((name, index) => [name, names.slice(index + 1, index + 30)]));
    expect(dependencyFault(services(graph))).toBeUndefined();
  });
});

describe('dependentsOf', () => {
  it('finds the direct ones only', () => {
    const graph = Object.entries(services({ a: ['b'], b: ['c'], c: [], d: ['c'] }));
    expect(dependentsOf('c', graph)).toEqual(['b', 'd']);
  });
});
