import type { coordinatorMethods } from '../../contract/coordinator-methods.js';
import { RoostError } from '../../contract/errors.js';
import type { CoordinatorView, State } from '../../contract/state.js';
import type { Handlers } from '../core.js';

export const fakeCoordinator: NonNullable<State['coordinator']> = {
  policy: 'thompson',
  alpha: 1,
  phase: 'warmup_early',
  progress: 0,
  warmupPulls: 1_000,
  pulls: 0,
  settled: 0,
  pendingRewards: 0,
  epsilon: 1,
  explorationShare: 1,
  kinds: { forced: 0, explore: 0, exploit: 0 },
  arms: [],
  version: 0,
  changes: [],
  lastChange: null,
  formulas: { policy: '', reward: '', memory: '' },
  warnings: [],
} satisfies CoordinatorView;

const changed = async () => ({ coordinator: fakeCoordinator });

/** Answers of a coordinator that has seen nothing yet. */
export const fakeCoordinatorAnswers: Pick<Handlers, keyof typeof coordinatorMethods> = {
  'coordinator.patch': changed,
  'coordinator.freeze': changed,
  'coordinator.unfreeze': changed,
  'coordinator.reset': changed,
  'coordinator.reset-all': changed,
  'coordinator.add': changed,
  'coordinator.retire': changed,
  'coordinator.undo': async () => ({ coordinator: fakeCoordinator, undone: 'npc was frozen' }),
  'coordinator.revert': changed,
  'coordinator.verdicts': async () => ({ settled: 0, leader: null, verdicts: [] }),
  'coordinator.intents': async () => ({ intents: [] }),
  'coordinator.trends': async () => ({
    stretches: [],
    exploration: { early: null, now: null, falling: false },
    reward: { early: null, now: null, low: null, high: null, rising: false },
    learning: { yes: false, text: 'Nothing was settled yet.' },
    feedback: { ratings: 0, average: null, byIntent: [], complaints: [] },
    decisions: 0,
  }),
  'coordinator.decisions': async () => ({ decisions: [] }),
  'coordinator.decision': async ({ turnId }) => {
    throw new RoostError('not-found', `There is no decision of turn ${turnId}.`, { field: 'turnId' });
  },
  'coordinator.whatif': async ({ policy = 'thompson', alpha = 1 }) => ({
    policy,
    alpha,
    decisions: 0,
    answer: 'cannot-tell',
    text: 'This log cannot tell.',
    logged: null,
    estimate: null,
    change: null,
    estimators: null,
    effectiveSample: 0,
    largestWeight: 0,
    meanWeight: 0,
    changed: 0,
    replay: null,
    shares: {},
  }),
  'coordinator.export': async () => ({ state: {} }),
  'coordinator.import': async () => ({ coordinator: fakeCoordinator, replaced: {} }),
  'coordinator.verify': async () => ({ identical: true, entries: 0, differences: [] }),
};
