import { describe, expect, it } from 'vitest';
import { AgentMemory, poolMemory, roomBytes } from './agent-memory.js';
import type { Slot } from './slot.js';

const mb = 1024 ** 2;
const slot = (rssMb: number | null, state: Slot['state'] = 'ready') => ({ template: 'a', rssBytes: rssMb === null ? null : rssMb * mb, state });
const limits = { budgetBytes: 1_000 * mb, reserveBytes: 200 * mb };
const of = (slots: ReturnType<typeof slot>[], freeMb = 10_000) => poolMemory(slots, () => 100 * mb, { freeBytes: freeMb * mb }, limits, 100 * mb);

describe('poolMemory', () => {
  it('counts what was measured, and an estimate for what was not', () => {
    const memory = of([slot(300), slot(null, 'starting')]);
    expect(memory).toMatchObject({ usedBytes: 400 * mb, freeBytes: 9_900 * mb, state: 'ample', message: null });
    expect(roomBytes(memory)).toBe(600 * mb);
  });

  it.each([
    ['tight by the budget', [slot(950)], 10_000, 'tight', 'pool.memoryBudget'],
    ['short by the budget', [slot(1_100)], 10_000, 'short', 'idle agents are closed'],
    ['tight by the machine', [slot(100)], 250, 'tight', 'pool.memoryReserve'],
    ['short by the machine', [slot(100)], 150, 'short', '150 MB left'],
  ])('%s', (_, slots, freeMb, state, words) => {
    const memory = of(slots, freeMb);
    expect(memory.state).toBe(state);
    expect(memory.message).toContain(words);
  });

  it('does not count one that is leaving, and takes its memory as free', () => {
    expect(of([slot(1_100, 'closing')], 150)).toMatchObject({ usedBytes: 0, freeBytes: 1_250 * mb, state: 'ample' });
  });
});

describe('AgentMemory', () => {
  it('expects of one more what the larger ones use', () => {
    const memory = new AgentMemory();
    expect(memory.estimateBytes('a')).toBe(96 * mb);
    for (const use of [50, 60, 70, 400]) memory.measured('a', use * mb);
    expect(memory.estimateBytes('a')).toBe(400 * mb);
    for (let n = 0; n < 40; n++) memory.measured('a', 50 * mb);
    expect(memory.estimateBytes('a')).toBe(50 * mb);
    memory.forget((template) => template === 'a');
    expect(memory.estimateBytes('a')).toBe(96 * mb);
  });
});
