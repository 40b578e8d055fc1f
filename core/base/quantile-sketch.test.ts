import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { QuantileSketch } from './quantile-sketch.js';

const sketchOf = (values: readonly number[]): QuantileSketch => {
  const sketch = new QuantileSketch();
  for (const value of values) sketch.add(value);
  return sketch;
};

describe('a quantile sketch', () => {
  it('answers within 5 % of the true value, whatever was added', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 2_000_000_000 }), { minLength: 1, maxLength: 300 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, share) => {
          const exact = [...values].sort((a, b) => a - b)[Math.max(0, Math.ceil(share * values.length) - 1)] ?? 0;
          const found = sketchOf(values).quantile(share) ?? 0;
          expect(Math.abs(found - exact)).toBeLessThanOrEqual(exact * 0.0501);
        },
      ),
    );
  });

  it('adds up: the sum of two is the sketch of both', () => {
    const left = sketchOf([1, 5, 100]);
    left.merge(sketchOf([7, 9_000]));
    expect(left.toJSON().toString()).toBe(sketchOf([1, 5, 100, 7, 9_000]).toJSON().toString());
    expect(left.count).toBe(5);
  });

  it('survives a file, and leaves out what does not belong there', () => {
    const sketch = sketchOf([0, 3, 3, 80]);
    const back = QuantileSketch.from(JSON.parse(JSON.stringify(sketch)));
    expect([back.count, back.quantile(0.5), back.quantile(1)]).toEqual([4, sketch.quantile(0.5), sketch.quantile(1)]);
    expect(QuantileSketch.from([1, -4, 'a', 2, 5, 0, 1e9, 1, 3, 2]).count).toBe(2);
    expect(QuantileSketch.from({ rubbish: true }).count).toBe(0);
  });

  it('has no answer before the first value, takes a clock that runs backwards as no time, and is bounded', () => {
    expect(new QuantileSketch().quantile(0.5)).toBeNull();
    expect(sketchOf([-5]).quantile(0.5)).toBe(0);
    expect(sketchOf([Number.NaN]).count).toBe(0);
    const wide = new QuantileSketch();
    for (let power = 0; power < 400; power++) wide.add(1.2 ** power);
    expect(wide.toJSON().length / 2).toBeLessThan(220);
  });
});
