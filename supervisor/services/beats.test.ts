import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Beats, longestQuietMs } from './beats.js';
import { type Word, wordOf } from './words.js';

const beat = (more: Partial<Extract<Word, { kind: 'beat' }>> = {}): Word => ({ kind: 'beat', progress: undefined, busy: undefined, doing: undefined, ...more });
const quiet = (forMs: number): Word => ({ kind: 'quiet', forMs });

/** Looks once a second and lets `each` say what is said in that second. The second of the verdict, or null. */
function lived(
  seconds: number,
  each: (second: number, beats: Beats) => Word | null,
  options: { progress?: number; graceMs?: number } = {},
): [number, string] | null {
  const limits = { silence: 30_000, ...(options.progress === undefined ? {} : { progress: options.progress }) };
  const beats = new Beats({ limits, lookEveryMs: 1_000, startedMono: 5_000_000, graceMs: options.graceMs ?? 0 });
  for (let second = 1; second <= seconds; second++) {
    const mono = 5_000_000 + second * 1_000;
    const word = each(second, beats);
    if (word !== null) beats.take(word, mono);
    const why = beats.verdict(mono);
    if (why !== undefined) return [second, why];
  }
  return null;
}

describe('a service that beats', () => {
  it('S1, S2: is found by its silence, once the limit is over', () => {
    expect(lived(100, (second) => (second < 10 ? beat({ doing: 'job 7' }) : null))).toEqual([40, 'no beat for 31 s; it held job 7']);
    expect(lived(100, () => null)).toEqual([31, 'it never beat for 31 s']);
    expect(lived(100, () => null, { graceMs: 20_000 })?.[0]).toBe(51);
  });

  it('S3: is found by the other clock when it beats on without progress, and what it does is named', () => {
    const hangs = (second: number): Word => beat({ progress: Math.min(second, 5), busy: true, doing: 'job 7' });
    expect(lived(200, hangs, { progress: 60_000 })).toEqual([66, 'it beats but made no progress for 61 s in job 7']);
    expect(lived(200, hangs)).toBeNull();
  });

  it('is left alone while it has nothing to do, or never counted anything', () => {
    expect(lived(500, () => beat({ progress: 1, busy: false }), { progress: 60_000 })).toBeNull();
    expect(lived(500, () => beat(), { progress: 60_000 })).toBeNull();
  });

  it('S4: is left alone as long as it announced and a full limit more; work that moves ends the announcement', () => {
    expect(lived(500, (second) => (second === 1 ? quiet(90_000) : null))?.[0]).toBe(1 + 90 + 31);
    expect(lived(5_000, (second) => (second === 1 ? quiet(10 ** 12) : null))?.[0]).toBe(1 + longestQuietMs / 1_000 + 31);
    const works = (second: number): Word | null => (second === 5 ? quiet(300_000) : second <= 10 ? beat({ progress: second }) : null);
    expect(lived(500, works)?.[0]).toBe(41);
  });

  it('S5: is left alone however irregularly it beats within the limit', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 29 }), { minLength: 1, maxLength: 20 }), (gaps) => {
        let at = 0;
        const beats = new Set(gaps.map((gap) => (at += gap)));
        return lived(at, (second) => (beats.has(second) ? beat() : null)) === null;
      }),
    );
  });

  it('S10, S14: gets a full limit when the watcher was away, and when the machine wakes', () => {
    const beats = new Beats({ limits: { silence: 30_000 }, lookEveryMs: 1_000, startedMono: 0, graceMs: 0 });
    beats.take(beat(), 1_000);
    for (let mono = 1_000; mono <= 20_000; mono += 1_000) expect(beats.verdict(mono)).toBeUndefined();
    expect(beats.verdict(7_200_000)).toBeUndefined();
    let mono = 7_200_000;
    while (beats.verdict(mono) === undefined) mono += 1_000;
    expect(mono).toBe(7_231_000);
    beats.grant(mono);
    expect(beats.verdict(mono + 1_000)).toBeUndefined();
    expect(beats.ageMs(mono)).toBe(mono - 1_000);
  });
});

describe('a word to Roost', () => {
  it.each([
    ['{"roost":"ready"}', { kind: 'ready' }],
    ['{"roost": "beat", "progress": 7, "busy": true, "doing": "job 12"}', beat({ progress: 7, busy: true, doing: 'job 12' })],
    ['{"roost":"beat","progress":"7","busy":1,"doing":""}', beat()],
    ['{"roost":"quiet","forMs":90000}', quiet(90_000)],
    ['{"roost":"quiet","forMs":-1}', null],
    ['{"roost":"quiet"}', null],
    ['{"roost":"stop"}', null],
    ['{"roost":"beat"', null],
    ['["roost"]', null],
    ['null', null],
    [`{"roost":"beat","x":"${'y'.repeat(2_000)}"}`, null],
  ] as const)('%s', (line, word) => expect(wordOf(line)).toEqual(word));

  it('is nothing in any other line, and never an exception', () => {
    fc.assert(fc.property(fc.string(), (line) => wordOf(line) === null));
    fc.assert(fc.property(fc.anything(), (value) => void wordOf(`{"roost":${JSON.stringify(value)}}`)));
  });
});
