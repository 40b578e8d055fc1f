import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { ManualClock } from '../base/manual-clock.js';
import { guardHalfOpen } from './half-open.js';

const limitMs = 6_000;

/** A connection whose answers and debts the test plays. */
function connection(owed: number) {
  const clock = new ManualClock();
  const commandQueue = { length: owed };
  let ended: string | undefined;
  const stream = Object.assign(new EventEmitter(), {
    destroy: (error: Error) => {
      ended ??= error.message;
    },
  });
  guardHalfOpen({ commandQueue } as unknown as Redis, stream as unknown as Socket, limitMs, clock);
  /** Time passes, and what this process had no time to read meanwhile is read. */
  const pass = async (ms: number): Promise<void> => {
    await clock.advance(ms);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { clock, commandQueue, stream, pass, ended: () => ended };
}

it('ends a connection that owes an answer and is silent, a look after the limit, and not before', async () => {
  const { pass, ended } = connection(1);
  await pass(limitMs);
  expect(ended()).toBeUndefined();
  await pass(limitMs / 4);
  expect(ended()).toBe('no answer for 6000 ms on an open connection');
});

it('leaves one alone that owes nothing, or whose answers come', async () => {
  const silent = connection(0);
  await silent.pass(limitMs * 5);
  expect(silent.ended()).toBeUndefined();
  const talking = connection(3);
  for (let n = 0; n < 10; n++) {
    await talking.pass(limitMs * 0.9);
    talking.stream.emit('data', Buffer.from('+OK'));
  }
  expect(talking.ended()).toBeUndefined();
});

it.each<[string, (one: ReturnType<typeof connection>) => unknown]>([
  ['an answer', ({ stream }) => stream.emit('data', Buffer.from('+OK'))],
  ['the end of its debt', ({ commandQueue }) => Object.assign(commandQueue, { length: 0 })],
])('takes nothing for silence that only waited to be read: %s', async (_what, comes) => {
  const one = connection(1);
  await one.clock.advance(limitMs * 1.25);
  comes(one);
  await one.pass(0);
  expect(one.ended()).toBeUndefined();
});
