import type { ProcessRow } from '../process/proc-stat.js';
import { descendantsOf } from '../process/tree.js';
import type { Identity, Incarnation } from '../process/types.js';
import type { Victim } from './hold.js';

type Living = Pick<Incarnation, 'launch' | 'pid' | 'identity'>;

/** What work runs in besides workers: agents, the commands they had Roost run, and the processes of handlers. Services and Redis do nobody's work. */
export function kindOf({ launch }: Living): Victim['kind'] | null {
  if ('entry' in launch.program && launch.program.entry === 'handler-process') return 'handler';
  if (launch.kind === 'agent') return launch.name.endsWith('.run') ? 'command' : 'agent';
  return launch.kind === 'worker' ? 'worker' : null;
}

/**
 * Everybody who is to be gone after a kill, with all they have started: once their parent is dead, nobody could
 * tell any more whose children they were.
 */
export function victimsOf(living: readonly Living[], rows: readonly ProcessRow[], bootId: string): Victim[] {
  return living.flatMap((one) => {
    const kind = kindOf(one);
    if (kind === null) return [];
    const { name } = one.launch;
    const below = one.pid === null ? [] : descendantsOf(rows, one.pid);
    const children = below.map(
      ({ pid, startedAt }): Victim => ({ kind, name: `${name} (started by it)`, identity: { pid, startedAt, bootId } satisfies Identity }),
    );
    return [{ kind, name, identity: one.identity }, ...children];
  });
}
