import type { SlotView } from '../../../contract/state.js';
import { slotStateText } from '../../format/wording.js';

type Shown = Pick<SlotView, 'agentId' | 'template' | 'state' | 'sessionId' | 'pid'>;
const rank: Readonly<Record<SlotView['state'], number>> = { busy: 0, assigned: 1, ready: 2, starting: 3, backoff: 4, closing: 5 };

/** Those at work first, then by number; `query` is looked for in agent, template, state, process id and the user of its session. */
export function matchingSlots<S extends Shown>(slots: readonly S[], users: ReadonlyMap<string, string>, query: string): readonly S[] {
  const wanted = query.trim().toLowerCase();
  const texts = ({ agentId, template, state, sessionId, pid }: S): readonly string[] => [
    agentId,
    template,
    slotStateText(state),
    String(pid ?? ''),
    sessionId === null ? '' : (users.get(sessionId) ?? sessionId),
  ];
  return slots
    .filter((slot) => texts(slot).some((text) => text.toLowerCase().includes(wanted)))
    .sort((one, other) => rank[one.state] - rank[other.state] || one.agentId.localeCompare(other.agentId, 'en', { numeric: true }));
}
