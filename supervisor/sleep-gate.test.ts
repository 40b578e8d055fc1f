import { expect, it } from 'vitest';
import { ManualClock } from '../core/base/manual-clock.js';
import { SleepGate } from './sleep-gate.js';

function open() {
  const clock = new ManualClock();
  let granted = 0;
  const rests: boolean[] = [];
  const gate = new SleepGate({ clock, grant: () => granted++, rest: (on) => rests.push(on) });
  return { clock, gate, rests, granted: () => granted };
}

it('S13: takes nothing new from the word that the machine will sleep until it is awake, and grants fresh limits at both', () => {
  const { gate, granted, clock, rests } = open();
  expect(gate.refusal).toBeUndefined();
  gate.suspended();
  expect(gate.refusal).toMatchObject({ code: 'held' });
  expect(rests).toEqual([true]);
  gate.resumed();
  expect(gate.refusal).toBeUndefined();
  expect(rests).toEqual([true, false]);
  expect(granted()).toBe(2);
  expect(clock.pendingTimers).toBe(0);
});

it('S13: bears each word twice and alone', async () => {
  const { gate, clock, rests } = open();
  gate.resumed();
  gate.resumed();
  expect(gate.refusal).toBeUndefined();
  expect(rests).toEqual([]);
  gate.suspended();
  await clock.advance(20_000);
  gate.suspended();
  await clock.advance(20_000);
  expect(gate.refusal).toBeDefined();
  gate.resumed();
  gate.resumed();
  expect(gate.refusal).toBeUndefined();
  expect(rests).toEqual([true, false]);
});

it('opens by itself when the machine stayed awake, or nobody told that it woke', async () => {
  const { gate, clock, rests } = open();
  gate.suspended();
  await clock.advance(29_999);
  expect(gate.refusal).toBeDefined();
  expect(rests).toEqual([true]);
  await clock.advance(1);
  expect(gate.refusal).toBeUndefined();
  expect(rests).toEqual([true, false]);
  gate.suspended();
  gate.stop();
  expect(clock.pendingTimers).toBe(0);
});
