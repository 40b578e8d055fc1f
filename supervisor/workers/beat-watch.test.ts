import { describe, expect, it } from 'vitest';
import { type Beat, BeatWatch } from './beat-watch.js';

const limits = { silenceLimitMs: 30_000, progressLimitMs: 30_000 };

const beat = (seq: number, more: Partial<Beat> = {}): Beat => ({
  type: 'beat',
  incarnation: 1,
  seq,
  busySlots: 1,
  progress: seq,
  jobs: [{ queue: 'turns', id: 't1', name: 'turn', sinceMs: 5 }],
  loopLagMs: 0,
  rssBytes: 1,
  ...more,
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
    const watch = new BeatWatch(limits);
    watch.reset(0);
    watch.take(beat(1), 1_000);
    const found = look(watch, 1_000, 60_000);
    expect(found?.atMs).toBe(32_000);
    expect(found?.why).toContain('turn t1 of turns');
  });

  it('knows what it was told: nothing before a beat, nothing of an old one, nothing when some jobs had no room', () => {
    const watch = new BeatWatch(limits);
    watch.reset(0);
    expect(watch.toldAll(0, 3_000)).toBe(false);
    watch.take(beat(1), 1_000);
    expect([watch.toldAll(4_000, 3_000), watch.toldAll(4_001, 3_000)]).toEqual([true, false]);
    watch.take(beat(2, { busySlots: 2 }), 5_000);
    expect(watch.toldAll(5_000, 3_000)).toBe(false);
  });

  it('lets beats with jitter of 25 s live', () => {
    const watch = new BeatWatch(limits);
    watch.reset(0);
    for (let at = 0, seq = 1; at < 300_000; at += 25_000, seq++) {
      watch.take(beat(seq), at);
      expect(look(watch, at, at + 24_000)).toBeUndefined();
    }
  });

  it('grants a full limit after its own sleep', () => {
    const watch = new BeatWatch(limits);
    watch.reset(0);
    watch.take(beat(1), 0);
    expect(watch.verdict(1_000)).toBeUndefined();
    expect(watch.verdict(600_000)).toBeUndefined();
    expect(look(watch, 601_000, 630_000)).toBeUndefined();
    expect(look(watch, 631_000, 632_000)?.atMs).toBe(631_000);
  });

  it('is not refreshed by an older beat', () => {
    const watch = new BeatWatch(limits);
    watch.reset(0);
    watch.take(beat(5), 0);
    watch.take(beat(4), 29_000);
    expect(look(watch, 29_000, 40_000)?.atMs).toBe(31_000);
  });

  /** Beats once a second from `fromMs` on; gives the first verdict until `untilMs`. */
  function beats(watch: BeatWatch, fromMs: number, untilMs: number, at: (ms: number) => Partial<Beat>): { atMs: number; why: string } | undefined {
    for (let ms = fromMs; ms <= untilMs; ms += 1_000) {
      watch.take(beat(ms, { progress: 7, ...at(ms) }), ms);
      const why = watch.verdict(ms);
      if (why !== undefined) return { atMs: ms, why };
    }
    return undefined;
  }
  const job = (id: string, more: Partial<Beat['jobs'][number]> = {}): Beat['jobs'][number] => ({
    queue: 'turns',
    id,
    name: 'turn',
    sinceMs: 5,
    steps: 0,
    ...more,
  });
  const fresh = (): BeatWatch => {
    const watch = new BeatWatch(limits);
    watch.reset(0);
    return watch;
  };

  it('condemns who beats but does not move, also one that tells no steps', () => {
    expect(beats(fresh(), 0, 60_000, () => ({ jobs: [job('t1')] }))).toMatchObject({ atMs: 31_000, why: expect.stringContaining('in turn t1 of turns') });
    expect(beats(fresh(), 0, 60_000, () => ({}))).toMatchObject({ atMs: 31_000, why: expect.stringContaining('it held turn t1 of turns') });
  });

  it('lets who has nothing to do stand still for ever', () => {
    expect(beats(fresh(), 0, 600_000, () => ({ busySlots: 0, jobs: [] }))).toBeUndefined();
  });

  it('finds the one job that hangs among many that move, and names the oldest', () => {
    const found = beats(fresh(), 0, 60_000, (ms) => ({
      progress: ms,
      busySlots: 3,
      jobs: [job('moves', { steps: ms }), ...(ms >= 5_000 ? [job('younger')] : []), job('older')],
    }));
    expect(found).toMatchObject({ atMs: 31_000, why: expect.stringContaining('in turn older of turns') });
  });

  it('a job that is taken once more begins anew', () => {
    expect(beats(fresh(), 0, 58_000, (ms) => ({ progress: ms, jobs: [job('t1', { sinceMs: ms < 29_000 ? 1 : 29_000 })] }))).toBeUndefined();
  });

  it('S4: waits for the announced deadline and a full limit more', () => {
    const announced = (ms: number) => ({ progress: Math.min(ms, 90_000), jobs: [job('t1', { quietMs: Math.max(0, 90_000 - ms) })] });
    expect(beats(fresh(), 0, 200_000, announced)?.atMs).toBe(120_000);
  });

  it('blames nobody while Redis is away, and grants a full limit after', () => {
    expect(beats(fresh(), 0, 200_000, (ms) => ({ jobs: [job('t1')], ...(ms < 100_000 ? { excused: true } : {}) }))?.atMs).toBe(130_000);
  });

  it('S10 S14: its own gap, and a grant, give every clock a full limit', () => {
    const watch = fresh();
    expect(beats(watch, 0, 25_000, () => ({ jobs: [job('t1')] }))).toBeUndefined();
    expect(beats(watch, 60_000, 90_000, () => ({ jobs: [job('t1')] }))).toBeUndefined();
    watch.grant(90_000);
    expect(beats(watch, 91_000, 200_000, () => ({ jobs: [job('t1')] }))?.atMs).toBe(121_000);
  });

  it('names a job it only heard of, and holds that against nobody', () => {
    const watch = fresh();
    watch.take(beat(1, { busySlots: 0, jobs: [] }), 1_000);
    watch.heardOf({ queue: 'turns', id: 't9', name: 'turn' }, 1_500);
    expect(look(watch, 1_000, 60_000)?.why).toContain('it held turn t9 of turns');
    const other = fresh();
    other.heardOf({ queue: 'turns', id: 't9', name: 'turn' }, 0);
    expect(beats(other, 1_000, 100_000, () => ({ busySlots: 0, jobs: [] }))).toBeUndefined();
  });

  it('tells the age of the last beat', () => {
    const watch = fresh();
    expect(watch.ageMs(5_000)).toBeNull();
    watch.take(beat(1), 6_000);
    expect(watch.ageMs(8_500)).toBe(2_500);
  });
});
