import { describe, expect, it } from 'vitest';
import { type HandlerOrder, matchingHandlers } from './handler-filter.js';

const one = (name: string, queue: string, hardMs: number, own = false) => ({ name, queue, hardMs, own, summary: `Does ${name} work.` });
const handlers = [one('trend-scan', 'trends', 900), one('command', 'maintenance', 5_000), one('http', 'analysis', 100), one('mine', 'trends', 9_000, true)];

describe('matchingHandlers', () => {
  it.each<[string, HandlerOrder, readonly string[]]>([
    ['', 'name', ['mine', 'command', 'http', 'trend-scan']],
    ['', 'queue', ['mine', 'http', 'command', 'trend-scan']],
    ['', 'deadline', ['mine', 'http', 'trend-scan', 'command']],
    [' TRENDS ', 'name', ['mine', 'trend-scan']],
    ['does http', 'name', ['http']],
    ['nothing', 'name', []],
  ])('"%s" by %s', (query, order, names) => expect(matchingHandlers(handlers, query, order).map(({ name }) => name)).toEqual(names));
});
