import { describe, expect, it } from 'vitest';
import { clearText, jsonText, queueMarks, rateText, readData } from './jobs.js';

describe('words about queues', () => {
  it.each([
    [0, '0'],
    [0.4, '0.4/min'],
    [37, '37/min'],
    [599, '599/min'],
    [60_000, '1,000/s'],
  ])('%d a minute is %s', (rate, text) => expect(rateText(rate)).toBe(text));

  it.each([
    [0, 5_000, false, '–'],
    [9, 65_000, false, '1 m 5 s'],
    [9, null, false, 'not moving'],
    [9, null, true, 'paused'],
  ])('%d waiting clear in %s ms (paused: %s): %s', (waiting, clearMs, paused, text) => expect(clearText({ waiting }, { clearMs, paused })).toBe(text));

  it('marks what is paused and what nobody consumes, the latter louder when jobs wait', () => {
    expect(queueMarks({ waiting: 0, delayed: 0 }, { paused: false, unconsumed: false })).toEqual([]);
    expect(queueMarks({ waiting: 0, delayed: 0 }, { paused: true, unconsumed: true }).map(({ tone }) => tone)).toEqual(['warn', 'warn']);
    expect(queueMarks({ waiting: 0, delayed: 1 }, { paused: false, unconsumed: true })).toEqual([{ tone: 'bad', text: 'no worker' }]);
  });
});

describe('data a person types', () => {
  it('must be an object', () => {
    expect(readData('{"a": 1}')).toEqual({ data: { a: 1 } });
    expect(readData('  ')).toEqual({ data: {} });
    for (const text of ['[1]', '7', 'null', '{a:1}']) expect(readData(text)).toHaveProperty('problem');
  });

  it('is shown as JSON, or as the text it is', () => {
    expect(jsonText({ a: [1] })).toBe('{\n  "a": [\n    1\n  ]\n}');
    expect([jsonText('{"cut'), jsonText(null)]).toEqual(['{"cut', '']);
  });
});
