import { describe, expect, it } from 'vitest';
import { type Beat, BeatWatch } from './beat-watch.js';

const beat = (seq: number): Beat => ({
  type: 'beat',
  incarnation: 1,
  seq,
  busySlots: 1,
  progress: seq,
  jobs: [{ queue: 'turns', id: 't1', name: 'turn', sinceMs: 5 }],
  loopLagMs: 0,
  rssBytes: 1,
});

/** Looks once a second until `untilMs` and gives the first verdict. */
function look(watch: BeatWatch, fromMs: number, untilMs: number): { atMs: number; why: string } | undefined {
  for (let at = fromMs; at <= untilMs; at += 1_000) {
    const why = watch.verdict(at);
    if (why !== undefined) return { atMs: at, why };
  }
  return undefined;
}

describe('BeatWatch', () => {
  it('condemns after the limit of silence and names the job', () => {
    const watch = new BeatWatch({ silenceLimitMs: 30_000 });
    watch.reset(0);
    watch.take(beat(1), 1_000);
    const found = look(watch, 1_000, 60_000);
    expect(found?.atMs).toBe(32_000);
    expect(found?.why).toContain('turn t1 of turns');
  });

  it('lets beats with jitter of 25 s live', () => {
    const watch = new BeatWatch({ silenceLimitMs: 30_000 });
    watch.reset(0);
    for (let at = 0, seq = 1; at < 300_000; at += 25_000, seq++) {
      watch.take(beat(seq), at);
      expect(look(watch, at, at + 24_000)).toBeUndefined();
    }
  });

  it('grants a full limit after its own sleep', () => {
    const watch = new BeatWatch({ silenceLimitMs: 30_000 });
    watch.reset(0);
    watch.take(beat(1), 0);
    expect(watch.verdict(1_000)).toBeUndefined();
    expect(watch.verdict(600_000)).toBeUndefined();
    expect(look(watch, 601_000, 630_000)).toBeUndefined();
    expect(look(watch, 631_000, 632_000)?.atMs).toBe(631_000);
  });

  it('is not refreshed by an older beat', () => {
    const watch = new BeatWatch({ silenceLimitMs: 30_000 });
    watch.reset(0);
    watch.take(beat(5), 0);
    watch.take(beat(4), 29_000);
    expect(look(watch, 29_000, 40_000)?.atMs).toBe(31_000);
  });
});
