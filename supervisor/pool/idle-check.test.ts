import { expect, it } from 'vitest';
import { ManualClock } from '../../core/base/manual-clock.js';
import type { Agent } from './agent.js';
import { IdleCheck } from './idle-check.js';
import { newSlot, type Slot } from './slot.js';

function house(count: number) {
  const clock = new ManualClock();
  const asked: string[] = [];
  const closed: string[] = [];
  const worn = new Set<string>();
  const silent = new Set<string>();
  const dead = new Set<string>();
  const slots = Array.from({ length: count }, (_, n): Slot => {
    const slot = newSlot(`agent-${n}`, 'builtin', clock);
    const responds = async (): Promise<boolean> => {
      asked.push(slot.name);
      return !silent.has(slot.name);
    };
    const agent = {
      get alive() {
        return !dead.has(slot.name);
      },
      responds,
    };
    return Object.assign(slot, { state: 'ready', agent: agent as unknown as Agent });
  });
  const check = new IdleCheck({
    clock,
    slots: {
      all: slots,
      worn: ({ name }) => (worn.has(name) ? 'old' : null),
      close: async (slot, cause, why) => {
        slot.state = 'closing';
        closed.push(`${slot.name} ${cause}: ${why}`);
      },
    },
  });
  return { clock, asked, closed, worn, silent, dead, slots, check };
}

it('asked all idle agents in one moment and kept everybody else waiting: now one after the other', async () => {
  const { clock, asked, closed, check } = house(50);
  check.run();
  expect(asked).toHaveLength(1);
  await clock.advance(100);
  expect(asked).toHaveLength(6);
  await clock.advance(2_000);
  expect(new Set(asked).size).toBe(50);
  expect(asked).toHaveLength(50);
  expect(closed).toEqual([]);
});

it('asks the last ones too when rounds come faster than they end', async () => {
  const { clock, asked, check } = house(50);
  for (let round = 0; round < 6; round++) {
    check.run();
    await clock.advance(200);
  }
  expect(new Set(asked).size).toBe(50);
});

it('ends the dead and the frozen, one of the old ones, and leaves alone who serves meanwhile', async () => {
  const { clock, asked, closed, worn, silent, dead, slots, check } = house(6);
  worn.add('agent-1').add('agent-2');
  dead.add('agent-3');
  silent.add('agent-4').add('agent-5');
  check.run();
  (slots[5] as Slot).state = 'assigned';
  await clock.advance(1_000);
  expect(closed).toEqual([
    'agent-1 recycled: old',
    'agent-3 unresponsive: it was found dead while idle',
    'agent-4 stalled: it gave no sign of life while idle',
  ]);
  expect(asked).toEqual(['agent-0', 'agent-2', 'agent-4']);
});

it('asks nobody any more once it was stopped', async () => {
  const { clock, asked, check } = house(5);
  check.run();
  check.stop();
  await clock.advance(1_000);
  expect(asked).toHaveLength(1);
});
