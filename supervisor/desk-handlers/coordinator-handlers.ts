import type { coordinatorMethods } from '../../contract/coordinator-methods.js';
import { RoostError } from '../../contract/errors.js';
import type { Handlers } from '../core.js';
import type { HandlerParts } from '../handlers.js';

const notYet = async (): Promise<never> => {
  throw new RoostError('not-supported', 'The coordinator cannot do this yet.');
};

/** Serves what contract/coordinator-methods.ts names. */
export const coordinatorHandlers = (_parts: HandlerParts): Pick<Handlers, keyof typeof coordinatorMethods> => ({
  'coordinator.patch': notYet,
  'coordinator.freeze': notYet,
  'coordinator.unfreeze': notYet,
  'coordinator.reset': notYet,
  'coordinator.reset-all': notYet,
  'coordinator.add': notYet,
  'coordinator.retire': notYet,
  'coordinator.undo': notYet,
  'coordinator.revert': notYet,
  'coordinator.verdicts': notYet,
  'coordinator.intents': notYet,
  'coordinator.trends': notYet,
  'coordinator.decisions': notYet,
  'coordinator.decision': notYet,
  'coordinator.whatif': notYet,
  'coordinator.export': notYet,
  'coordinator.import': notYet,
  'coordinator.verify': notYet,
});
