/** Round axis values from 0 to at least `max`, at most `steps` steps of 1, 2, 2.5 or 5 times a power of ten. */
export function niceTicks(max: number, steps: number): readonly number[] {
  const rough = Math.max(max, Number.EPSILON) / steps;
  const power = 10 ** Math.floor(Math.log10(rough));
  // 2.5 is only round where it does not make halves of whole things.
  const factors = power >= 10 ? [1, 2, 2.5, 5, 10] : [1, 2, 5, 10];
  const step = (factors.find((factor) => factor * power >= rough * 0.999_999) ?? 10) * power;
  return Array.from({ length: Math.ceil((max * 0.999_999) / step) + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}
