import { describe, expect, it } from 'vitest';
import { type RunClocks, runVerdict } from './run-watch.js';

const MB = 1024 ** 2;
const run = (more: Partial<RunClocks> = {}): RunClocks => ({
  startedMono: 0,
  softMs: 600_000,
  hardMs: 900_000,
  asked: null,
  heardMono: 0,
  movedMono: 0,
  rssBytes: 100 * MB,
  memoryBytes: 512 * MB,
  ...more,
});
/** Alive and moving at that moment. */
const fresh = (atMs: number, more: Partial<RunClocks> = {}): RunClocks => run({ heardMono: atMs, movedMono: atMs, ...more });

describe('a job in hand', () => {
  it.each<[string, RunClocks, number, string | undefined]>([
    ['that moves goes on', fresh(599_999), 599_999, undefined],
    ['is asked to end at its soft deadline', fresh(600_000), 600_000, 'ask'],
    ['is asked once', fresh(700_000, { asked: { atMono: 600_000, reason: 'deadline' } }), 700_000, undefined],
    ['is ended at its hard deadline, asked or not', fresh(900_000, { asked: { atMono: 600_000, reason: 'deadline' } }), 900_000, 'deadline'],
    ['may be silent for 30 s', run({ heardMono: 0, movedMono: 30_000 }), 30_000, undefined],
    ['whose process says nothing for longer is stalled', run({ heardMono: 0, movedMono: 30_000 }), 30_001, 'stalled'],
    ['may stand still for a minute while its loop turns', run({ heardMono: 60_000 }), 60_000, undefined],
    ['that stands still for longer is stalled', run({ heardMono: 60_001 }), 60_001, 'stalled'],
    ['may stand still as long as it announced', run({ heardMono: 300_000, movedMono: 240_000 }), 300_000, undefined],
    ['gets five seconds after a cancel', fresh(5_999, { asked: { atMono: 1_000, reason: 'cancelled' } }), 5_999, undefined],
    ['that ignores a cancel is ended', fresh(6_000, { asked: { atMono: 1_000, reason: 'cancelled' } }), 6_000, 'cancelled'],
    ['that goes back in line is ended quickly', fresh(1_700, { asked: { atMono: 1_000, reason: 'hand-back' } }), 1_700, 'handed-back'],
    ['is ended at twice its memory', fresh(10, { rssBytes: 1_025 * MB }), 10, 'memory'],
    ['goes on below that', fresh(10, { rssBytes: 1_023 * MB }), 10, undefined],
  ])('%s', (_name, clocks, monoMs, wanted) => {
    const verdict = runVerdict(clocks, monoMs);
    expect(verdict?.act === 'kill' ? verdict.code : verdict?.act).toBe(wanted);
  });
});
