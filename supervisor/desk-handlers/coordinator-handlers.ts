import type { coordinatorMethods } from '../../contract/coordinator-methods.js';
import type { Handlers } from '../core.js';
import type { HandlerParts } from '../handler-parts.js';

/** Serves what contract/coordinator-methods.ts names. What changes something is recorded first: one that cannot be recorded does not happen. */
export function coordinatorHandlers(parts: HandlerParts): Pick<Handlers, keyof typeof coordinatorMethods> {
  const learning = () => parts.desk().learning;
  const before = (act: string, target: string) => (what: string, detail: Readonly<Record<string, unknown>>) =>
    parts.audit.record({ act: `coordinator.${act}`, target, detail: { what, ...detail } });
  const told = async <T>(changed: Promise<T>): Promise<T> => {
    const answer = await changed;
    parts.touched('coordinator', 'changed');
    return answer;
  };
  return {
    'coordinator.patch': (params) => told(learning().patch(params, before('patch', 'coordinator'))),
    'coordinator.freeze': (params) => told(learning().freeze(params, before('freeze', params.arm))),
    'coordinator.unfreeze': (params) => told(learning().unfreeze(params, before('unfreeze', params.arm))),
    'coordinator.reset': (params) => told(learning().reset(params, before('reset', params.arm))),
    'coordinator.reset-all': (params) => told(learning().resetAll(params, before('reset-all', 'coordinator'))),
    'coordinator.add': (params) => told(learning().add(params, before('add', params.arm))),
    'coordinator.retire': (params) => told(learning().retire(params, before('retire', params.arm))),
    'coordinator.undo': () => told(learning().undo(before('undo', 'coordinator'))),
    'coordinator.revert': () => told(learning().revert(before('revert', 'coordinator'))),
    'coordinator.verdicts': () => learning().verdicts(),
    'coordinator.intents': () => learning().intents(),
    'coordinator.trends': () => learning().trends(),
    'coordinator.decisions': (params) => learning().decisions(params),
    'coordinator.decision': ({ turnId }) => learning().decision(turnId),
    'coordinator.whatif': (params, signal) => learning().whatif(params, signal),
    'coordinator.export': () => learning().export(),
    'coordinator.import': (params) => told(learning().import(params, before('import', 'coordinator'))),
    'coordinator.verify': () => learning().verify(),
  };
}
