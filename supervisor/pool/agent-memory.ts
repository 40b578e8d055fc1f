import type { PoolMemory } from '../../contract/state.js';
import type { Slot } from './slot.js';

/** What the machine has; injected, because it is the machine's own. */
export interface MachineMemory {
  /** Memory that programs can still get without others being swapped out. */
  readonly freeBytes: number;
}

/** Before the first agent of a template was measured. */
const firstGuessBytes = 96 * 1024 ** 2;
/** Agents grow after their start: what one more is expected to use is what the larger ones use. */
const estimateQuantile = 0.75;
const keptSamples = 40;

/** What agents of each template use, from measurements of their whole trees. */
export class AgentMemory {
  readonly #samples = new Map<string, number[]>();

  measured(template: string, rssBytes: number): void {
    const samples = this.#samples.get(template) ?? [];
    samples.push(rssBytes);
    if (samples.length > keptSamples) samples.shift();
    this.#samples.set(template, samples);
  }

  estimateBytes(template: string): number {
    const sorted = [...(this.#samples.get(template) ?? [])].sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * estimateQuantile))] ?? firstGuessBytes;
  }

  forget(affected: (template: string) => boolean): void {
    for (const template of [...this.#samples.keys()]) if (affected(template)) this.#samples.delete(template);
  }
}

export interface MemoryLimits {
  readonly budgetBytes: number;
  readonly reserveBytes: number;
}

/** Bytes that starts of agents may still claim; negative when there are too many agents already. */
export const roomBytes = (memory: PoolMemory): number => Math.min(memory.budgetBytes - memory.usedBytes, memory.freeBytes - memory.reserveBytes);

/**
 * How agents stand against the budget and the machine. One that was not measured yet counts with the
 * estimate, at once: a gate that only looks at what is used overshoots by everything that is starting.
 */
export function poolMemory(
  slots: readonly Pick<Slot, 'template' | 'rssBytes' | 'state'>[],
  estimateBytes: (template: string) => number,
  machine: MachineMemory,
  limits: MemoryLimits,
  largestBytes: number,
): PoolMemory {
  let usedBytes = 0;
  let unmeasuredBytes = 0;
  let leavingBytes = 0;
  for (const { template, rssBytes, state } of slots) {
    // On its way out: counted once more it would have others closed for the same memory.
    if (state === 'closing') leavingBytes += rssBytes ?? 0;
    else if (rssBytes === null) unmeasuredBytes += estimateBytes(template);
    else usedBytes += rssBytes;
  }
  usedBytes += unmeasuredBytes;
  // What is starting has not taken its memory from the machine yet.
  const freeBytes = Math.max(0, machine.freeBytes + leavingBytes - unmeasuredBytes);
  const memory = { usedBytes, budgetBytes: limits.budgetBytes, freeBytes, reserveBytes: limits.reserveBytes };
  const room = Math.min(limits.budgetBytes - usedBytes, freeBytes - limits.reserveBytes);
  const state = room < 0 ? 'short' : room < largestBytes ? 'tight' : 'ample';
  return { ...memory, state, message: state === 'ample' ? null : sentence(memory, state, limits.budgetBytes - usedBytes <= freeBytes - limits.reserveBytes) };
}

const mb = (bytes: number): string => `${Math.round(bytes / 1024 ** 2)} MB`;

function sentence(memory: Omit<PoolMemory, 'state' | 'message'>, state: 'tight' | 'short', byBudget: boolean): string {
  const why = byBudget
    ? `agents use ${mb(memory.usedBytes)} of the ${mb(memory.budgetBytes)} that pool.memoryBudget gives them`
    : `the machine has ${mb(memory.freeBytes)} left, and ${mb(memory.reserveBytes)} of it stay free (pool.memoryReserve)`;
  const then = state === 'short' ? 'idle agents are closed, and no other one starts' : 'no further agent starts';
  return `Memory is short: ${why}; ${then} until there is room.`;
}
