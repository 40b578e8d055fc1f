import type { HandlerView } from '../../../contract/work-methods.js';

export const handlerOrders = ['name', 'queue', 'deadline'] as const;
export type HandlerOrder = (typeof handlerOrders)[number];

type Shown = Pick<HandlerView, 'name' | 'summary' | 'queue' | 'hardMs' | 'own'>;

/** Own ones first, then by the chosen order (the shortest deadline first) and by name; `query` is looked for in name, queue and summary. */
export function matchingHandlers<H extends Shown>(handlers: readonly H[], query: string, order: HandlerOrder): readonly H[] {
  const wanted = query.trim().toLowerCase();
  const chosen = (one: H, other: H): number =>
    order === 'queue' ? one.queue.localeCompare(other.queue) : order === 'deadline' ? one.hardMs - other.hardMs : 0;
  return handlers
    .filter(({ name, queue, summary }) => [name, queue, summary].some((text) => text.toLowerCase().includes(wanted)))
    .sort((one, other) => Number(other.own) - Number(one.own) || chosen(one, other) || one.name.localeCompare(other.name));
}
