import { describe, expect, it } from 'vitest';
import { RoostError } from '../../contract/errors.js';
import { checkJobData } from './job-data.js';

const circle: Record<string, unknown> = {};
circle['self'] = circle;
const deep = (levels: number): unknown => (levels === 0 ? 1 : { in: deep(levels - 1) });

function refusal(data: unknown): { readonly code: string; readonly field: string | undefined } | undefined {
  try {
    checkJobData(data);
    return undefined;
  } catch (error) {
    if (!(error instanceof RoostError)) throw error;
    return { code: error.code, field: error.field };
  }
}

describe('data of a job', () => {
  it.each<[string, unknown, string | undefined, string | undefined]>([
    ['a circle', circle, 'bad-request', 'data'],
    ['20,000 levels', deep(5_000), 'bad-request', 'data'],
    ['a BigInt', { n: 1n }, 'bad-request', 'data.n'],
    ['NaN', { list: [1, Number.NaN] }, 'bad-request', 'data.list[1]'],
    ['a function', { act: () => 1 }, 'bad-request', 'data.act'],
    ['a date', { at: new Date(0) }, 'bad-request', 'data.at'],
    ['a key that reaches a prototype', JSON.parse('{"a":{"__proto__":{"x":1}}}'), 'bad-request', 'data.a'],
    ['half of a surrogate pair', { text: 'x\ud800y' }, 'bad-request', 'data.text'],
    ['10 MB', { text: 'x'.repeat(10_000_000) }, 'too-large', 'data'],
    ['nothing', undefined, 'bad-request', 'data'],
    ['64 levels', deep(64), undefined, undefined],
    ['text with NUL and emoji', { text: 'a\0b😀', list: [null, true, -0.5], gone: undefined }, undefined, undefined],
  ])('%s', (_name, data, code, field) => {
    expect(refusal(data)).toEqual(code === undefined ? undefined : { code, field });
  });
});
