import type { Slot, SlotState } from './slot.js';

const nobody: ReadonlySet<Slot> = new Set();

/** The warm slots of each template, the longest warm first: whoever hands one out looks at no other. */
export class WarmIndex {
  readonly #warm = new Map<string, Set<Slot>>();

  of(template: string): ReadonlySet<Slot> {
    return this.#warm.get(template) ?? nobody;
  }

  /** Told before every change of a slot's state, and at its end. */
  file(slot: Slot, state: SlotState): void {
    const warm = this.#warm.get(slot.template);
    if (state !== 'ready') warm?.delete(slot);
    else if (warm === undefined) this.#warm.set(slot.template, new Set([slot]));
    else warm.add(slot);
  }
}
