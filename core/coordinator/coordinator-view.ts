import type { ArmView, CoordinatorView } from '../../contract/state.js';
import { eligibleArms, phaseAt, progressAt, warmupLength } from './cold-start.js';
import { plan } from './decide.js';
import { credibleInterval, posterior, priorWeight } from './posterior.js';
import type { CoordinatorConfig, Snapshot } from './snapshot.js';
import { emptyArm, microPerReward } from './types.js';

const noKinds = { forced: 0, explore: 0, exploit: 0 };

/** The coordinator as the screen shows it. With every arm frozen nothing can be drawn: all shares are 0. */
export function coordinatorView(snapshot: Snapshot, config: CoordinatorConfig): CoordinatorView {
  const warmup = warmupLength(config.warmupPulls, snapshot.arms.length);
  const next = eligibleArms(snapshot.arms).length === 0 ? undefined : plan(snapshot.arms, { intent: null }, snapshot.states, snapshot.settled, config);
  const arms = snapshot.arms.map((arm, i): ArmView => {
    const state = snapshot.states[arm.arm] ?? emptyArm;
    const belief = posterior(arm, state);
    return {
      arm: arm.arm,
      prior: arm.prior,
      weight: arm.weight,
      frozen: arm.frozen,
      retired: false,
      pulls: state.pulls ?? state.n,
      kinds: { ...(snapshot.kinds[arm.arm] ?? noKinds) },
      settled: state.n,
      mean: belief.mean,
      ...credibleInterval(belief),
      average: state.n === 0 ? null : state.sum / microPerReward / state.n,
      share: next?.pi[i] ?? 0,
      priorWeight: priorWeight(arm, state),
      lastRewardAt: snapshot.lastRewardAt[arm.arm] ?? null,
      ownWarmup: Math.min(1, (state.pulls ?? state.n) / 20),
      verdict: null,
    };
  });
  return {
    policy: config.policy,
    alpha: config.alpha,
    phase: phaseAt(snapshot.settled, warmup),
    progress: progressAt(snapshot.settled, warmup),
    warmupPulls: warmup,
    pulls: snapshot.totals.forced + snapshot.totals.explore + snapshot.totals.exploit,
    settled: snapshot.settled,
    pendingRewards: snapshot.pending,
    epsilon: next?.epsilon ?? 0,
    explorationShare: next === undefined ? 0 : 1 - (next.pi[next.greedy] ?? 0),
    kinds: { ...snapshot.totals },
    arms,
    version: 0,
    changes: [],
    lastChange: null,
    formulas: { policy: '', reward: '', memory: '' },
    warnings: [],
  };
}
