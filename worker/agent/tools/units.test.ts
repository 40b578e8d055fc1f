import { describe, expect, test } from 'vitest';
import { processorMs } from '../../../core/base/test-times.js';
import { dimensions, unitsNamed } from './unit-table.js';
import { answerConversion } from './units.js';

describe('a question about units', () => {
  test.each([
    ['convert 5 miles to km', '5 mi = 8.04672 km'],
    ['72 f in c', '72 °F ≈ 22.22222222 °C'],
    ['What is 72 degrees Fahrenheit in Celsius?', '72 °F ≈ 22.22222222 °C'],
    ['-40 c to f', '-40 °C = -40 °F'],
    ['100°C in K', '100 °C = 373.15 K'],
    ['0 kelvin in celsius', '0 K = -273.15 °C'],
    ['how many feet are in a mile', '1 mi = 5280 ft'],
    ['how many seconds in a day?', '1 d = 86400 s'],
    ['How many ml are in 2 cups', '2 US cup = 473.176473 ml'],
    ['5 ft 11 in to cm', '5 ft 11 in = 180.34 cm'],
    ['5\'11" in cm', '5 ft 11 in = 180.34 cm'],
    ['10 in in cm', '10 in = 25.4 cm'],
    ['10 cm in in', '10 cm ≈ 3.937007874 in'],
    ['1/2 cup to ml', '1/2 US cup = 118.29411825 ml'],
    ['1 1/2 cups in tbsp', '1 1/2 US cup = 24 tbsp'],
    ['100 km/h to mph', '100 km/h ≈ 62.13711922 mph'],
    ['36km/h in m/s', '36 km/h = 10 m/s'],
    ['1 MB in Mb', '1 MB = 8 Mbit'],
    ['1 GiB to MB', '1 GiB = 1073.741824 MB'],
    ['1,500 g to kg', '1,500 g = 1.5 kg'],
    ['1e3 m to km', '1e3 m = 1 km'],
    ['2 acres in square meters', '2 acre = 8093.7128448 m²'],
    ['50 m2 to sq ft', '50 m² ≈ 538.1955208 ft²'],
    ['one hour in minutes', '1 h = 60 min'],
    ['half a mile in metres', '1/2 mi = 804.672 m'],
    ['90 minutes into hours', '90 min = 1.5 h'],
    ['2 h 30 min as minutes', '2 h 30 min = 150 min'],
    ['12 stone 4 lb in kg', '12 st 4 lb = 78.01788764 kg'],
    ['300 kb in KB', '300 kbit = 37.5 kB'],
  ])('%s', (question, answer) => {
    expect(answerConversion(question)).toBe(answer);
  });

  test('says which two things do not fit instead of guessing', () => {
    expect(answerConversion('5 kg in metres')).toBe('kg measures mass and m measures length: one cannot be converted into the other.');
    expect(answerConversion('convert 5 km to florbs')).toBe('I do not know the unit "florbs".');
    expect(answerConversion('-500 c in f')).toMatch(/absolute zero/);
  });

  test.each([
    '',
    'in',
    ' to ',
    'what is in the box',
    '5',
    'five in one',
    '5 km',
    'convert',
    'convert to km',
    '1/0 cup to ml',
    'I was in Paris',
    'km to miles',
    `${'1 '.repeat(90)}km to m`,
    'how many people are in Paris',
    '5 km to ',
  ])('no question about units: %s', (text) => {
    expect(answerConversion(text)).toBeUndefined();
  });

  test('reads hostile text in no time', () => {
    const started = processorMs();
    for (const text of [
      '1'.repeat(199),
      '1,'.repeat(99),
      `${' in'.repeat(60)} km`,
      `5 ${'in '.repeat(60)}`,
      `how many ${'a'.repeat(60)} are in ${'are in '.repeat(10)}`,
      '.'.repeat(199),
      'x'.repeat(1_000_000),
    ])
      answerConversion(text);
    expect(processorMs() - started).toBeLessThan(500);
  });
});

describe('the table', () => {
  test('knows every dimension that is promised', () => {
    const names = ['m', 'kg', 'l', 'k', 's', 'byte', 'm/s', 'm2'];
    expect(names.map((name) => unitsNamed(name)[0]?.dimension)).toEqual([...dimensions]);
  });

  test('tells bits from bytes by case and finds the rest in any case', () => {
    expect(unitsNamed('Mb')[0]?.symbol).toBe('Mbit');
    expect(unitsNamed('MB')[0]?.symbol).toBe('MB');
    expect(unitsNamed('MILES')[0]?.symbol).toBe('mi');
    expect(unitsNamed('parsnip')).toEqual([]);
  });
});
