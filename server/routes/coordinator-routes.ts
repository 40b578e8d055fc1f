import { type Route, route } from '../route.js';

const arm = { pathFields: { arm: 'arm' } } as const;

/** REST of the coordinator beyond looking at it. */
export const coordinatorRoutes: readonly Route[] = [
  route('PATCH', '/api/coordinator', 'coordinator.patch', 'changes policy, alpha, weights and their like while running'),
  route('POST', '/api/coordinator/arms', 'coordinator.add', 'a new arm, or a retired one taken back'),
  route('POST', '/api/coordinator/arms/:arm/freeze', 'coordinator.freeze', 'the arm is no longer chosen', arm),
  route('POST', '/api/coordinator/arms/:arm/unfreeze', 'coordinator.unfreeze', 'the arm may be chosen again', arm),
  route('POST', '/api/coordinator/arms/:arm/reset', 'coordinator.reset', 'the arm begins anew; its history is kept for undo', arm),
  route('POST', '/api/coordinator/arms/:arm/retire', 'coordinator.retire', 'never chosen again, its history kept', arm),
  route('POST', '/api/coordinator/reset', 'coordinator.reset-all', 'all arms and the warm-up begin anew'),
  route('POST', '/api/coordinator/undo', 'coordinator.undo', 'takes the last change made while running back'),
  route('POST', '/api/coordinator/revert', 'coordinator.revert', 'drops all changes made while running: the file counts again'),
  route('POST', '/api/coordinator/whatif', 'coordinator.whatif', 'what another policy or alpha would have earned on the log', { extraMs: 60_000 }),
  route('GET', '/api/coordinator/verdicts', 'coordinator.verdicts', 'which arm is worse, by how much, or what it takes to tell'),
  route('GET', '/api/coordinator/intents', 'coordinator.intents', 'one arm table per intent'),
  route('GET', '/api/coordinator/trends', 'coordinator.trends', 'exploration, rewards, feedback and complaints', { extraMs: 10_000 }),
  route('GET', '/api/coordinator/decisions', 'coordinator.decisions', 'the log of decisions, newest first', { numbers: ['limit', 'before'], extraMs: 10_000 }),
  route('GET', '/api/coordinator/decisions/:turn', 'coordinator.decision', 'how the arm of one turn was chosen, and what came of it', {
    pathFields: { turn: 'turnId' },
    extraMs: 10_000,
  }),
  route('GET', '/api/coordinator/state', 'coordinator.export', 'everything learned, as whole numbers'),
  route('PUT', '/api/coordinator/state', 'coordinator.import', 'replaces what was learned; answers what was there'),
  route('GET', '/api/coordinator/verify', 'coordinator.verify', 'adds the log up again and compares', { extraMs: 20_000 }),
];
