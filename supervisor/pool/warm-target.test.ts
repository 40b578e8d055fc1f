import { describe, expect, it } from 'vitest';
import { Tempo, type WarmFacts, warmTarget } from './warm-target.js';

const facts = (over: Partial<WarmFacts> = {}): WarmFacts => ({
  size: 4,
  quietSize: 1,
  freePlaces: 50,
  busiest: 0,
  startupMs: 500,
  quietForMs: 0,
  idleTtlMs: 900_000,
  ...over,
});

describe('warmTarget', () => {
  it.each([
    ['the size', {}, 4],
    ['few when it is quiet', { quietForMs: 900_000 }, 1],
    ['never more than the size when it is quiet', { size: 0, quietForMs: 900_000 }, 0],
    ['as many more as go while one starts, twice', { busiest: 20 }, 6],
    ['at most the size again', { busiest: 1_000 }, 8],
    ['a trickle changes nothing', { busiest: 3 }, 4],
    ['no more than places are left', { freePlaces: 2 }, 2],
    ['one for the first in line', { freePlaces: 0 }, 1],
    ['none where none are asked for', { size: 0, freePlaces: -3, busiest: 9 }, 0],
  ])('%s', (_, over, wanted) => {
    expect(warmTarget(facts(over))).toBe(wanted);
  });
});

describe('Tempo', () => {
  it('remembers the busiest ten seconds for a minute', () => {
    const tempo = new Tempo(0);
    for (const at of [0, 1_000, 12_000, 13_000, 14_000, 30_000]) tempo.handedOut('a', at);
    expect(tempo.busiest('a', 30_000)).toBe(3);
    expect(tempo.busiest('b', 30_000)).toBe(0);
    expect(tempo.busiest('a', 75_000)).toBe(1);
    expect(tempo.busiest('a', 90_001)).toBe(0);
  });

  it('knows how long nobody asked', () => {
    const tempo = new Tempo(5_000);
    expect(tempo.quietForMs('a', 9_000)).toBe(4_000);
    tempo.handedOut('a', 10_000);
    expect(tempo.quietForMs('a', 10_500)).toBe(500);
    expect(tempo.quietForMs('b', 10_500)).toBe(5_500);
  });
});
