import type { ProcessView } from '../../../contract/state.js';

export const processFilters = ['all', 'trouble', 'agents', 'others'] as const;
export type ProcessFilter = (typeof processFilters)[number];

type Shown = Pick<ProcessView, 'name' | 'kind' | 'state' | 'detail' | 'pid'>;

/** Down without anybody's wish, or on its way back from it; what a person stopped is no trouble. */
export const isTroubled = ({ state }: Pick<Shown, 'state'>): boolean => state === 'backoff' || state === 'quarantined' || state === 'failed';

/** In the order of the host; `query` is looked for in name, kind, state, detail and process id. The open one stays whatever is filtered. */
export function matchingProcesses<P extends Shown>(processes: readonly P[], filter: ProcessFilter, query: string, open: string | null): readonly P[] {
  const wanted = query.trim().toLowerCase();
  const ofKind = (one: P): boolean => filter === 'all' || (filter === 'trouble' ? isTroubled(one) : (one.kind === 'agent') === (filter === 'agents'));
  const holds = (one: P): boolean => [one.name, one.kind, one.state, one.detail, String(one.pid ?? '')].some((text) => text.toLowerCase().includes(wanted));
  return processes.filter((one) => one.name === open || (ofKind(one) && holds(one)));
}
