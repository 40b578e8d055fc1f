import type { ArmView, CoordinatorView, Verdict } from '../../contract/coordinator-views.js';
import { eligibleArms, fewPulls, phaseAt, progressAt } from './cold-start.js';
import { explorationOf, warmupOf } from './decide.js';
import { differences } from './live-settings.js';
import { memoryPrice } from './memory-price.js';
import { policies } from './policies/registry.js';
import { credibleInterval, heavyPriorCount, posterior, priorWeight } from './posterior.js';
import { rewardFormula } from './rewards.js';
import type { CoordinatorConfig, Snapshot } from './snapshot.js';
import { learnedOf, planFor } from './snapshot-plan.js';
import { emptyArm, microPerReward } from './types.js';
import { verdicts } from './verdicts.js';
import { lastSeenOf, windowsOf } from './windows.js';

const noKinds = { forced: 0, explore: 0, exploit: 0 };

/** Verdicts on the arms of a snapshot; none while forced draws are off, because nothing valid can be said then. */
export function verdictsOf(snapshot: Snapshot): readonly Verdict[] {
  return snapshot.settings.floor === 0 ? [] : verdicts(windowsOf(snapshot), lastSeenOf(snapshot));
}

/** The coordinator as the screen shows it. With every arm frozen nothing can be drawn: all shares are 0. */
export function coordinatorView(snapshot: Snapshot, config: CoordinatorConfig, judged: readonly Verdict[] = verdictsOf(snapshot)): CoordinatorView {
  const { settings } = snapshot;
  const warmup = warmupOf(snapshot.arms, settings.warmupPulls);
  const next = eligibleArms(snapshot.arms).length === 0 ? undefined : planFor(snapshot, { intent: null, features: [1] }).plan;
  const remembered = learnedOf(snapshot, null).arms;
  const arms = snapshot.arms.map((arm, i): ArmView => {
    const state = snapshot.states[arm.arm] ?? emptyArm;
    const kept = remembered[arm.arm] ?? emptyArm;
    const belief = posterior(arm, kept, settings.rewards.model);
    const pulls = state.pulls ?? state.n;
    return {
      arm: arm.arm,
      prior: arm.prior,
      weight: arm.weight,
      frozen: arm.frozen,
      retired: arm.retired === true,
      pulls,
      kinds: { ...(snapshot.kinds[arm.arm] ?? noKinds) },
      settled: state.n,
      mean: belief.mean,
      ...credibleInterval(belief),
      average: state.n === 0 ? null : state.sum / microPerReward / state.n,
      share: next?.pi[i] ?? 0,
      priorWeight: priorWeight(arm, kept),
      lastRewardAt: snapshot.lastRewardAt[arm.arm] ?? null,
      ownWarmup: Math.min(1, pulls / fewPulls),
      verdict: judged.find((one) => one.arm === arm.arm) ?? null,
    };
  });
  const { changes } = snapshot;
  return {
    policy: settings.policy,
    alpha: settings.alpha,
    phase: phaseAt(snapshot.sinceReset, warmup),
    progress: progressAt(snapshot.sinceReset, warmup),
    warmupPulls: warmup,
    pulls: snapshot.totals.forced + snapshot.totals.explore + snapshot.totals.exploit,
    settled: snapshot.settled,
    pendingRewards: snapshot.pending,
    epsilon: next?.epsilon ?? 0,
    explorationShare: next === undefined ? 0 : explorationOf(next),
    kinds: { ...snapshot.totals },
    arms,
    version: settings.version,
    changes: [...differences(config, changes)],
    lastChange: changes.what === '' ? null : { atMs: changes.atMs, actor: changes.actor, what: changes.what },
    formulas: {
      policy: policies[settings.policy].formula,
      reward: rewardFormula(settings.latencyBudget, settings.feedbackWindow, settings.rewards),
      memory: memoryText(settings.memory),
    },
    warnings: warningsOf(snapshot),
  };
}

function memoryText({ halfLife, window }: CoordinatorConfig['memory']): string {
  const fades = halfLife === 'never' ? 'nothing fades' : `evidence counts half after ${halfLife.toLocaleString('en')} settled turns`;
  const { steady, degraded } = memoryPrice(halfLife);
  const price = `lost in 10,000 turns of the reference problem: about ${steady} while nothing changes, ${degraded} when the best arm degrades`;
  const kept = window === 'all' ? fades : `${fades}; what is older than ${window.toLocaleString('en')} settled turns is left out`;
  return `${kept} (${price})`;
}

function warningsOf({ settings, arms }: Snapshot): string[] {
  const warnings: string[] = [];
  if (settings.priorCount > heavyPriorCount)
    warnings.push(
      `priorCount ${settings.priorCount} is heavy: with the priors in the wrong order 200 costs 20 times as much as 10 until they are corrected, 1,000 is never corrected.`,
    );
  if (settings.floor === 0) warnings.push('The forced share after the warm-up is 0: what-if and verdicts are off, because nothing valid could be said.');
  if (settings.warmup === 'uniform')
    warnings.push('Every draw of the warm-up is forced: it costs about twice as much as the gradual hand-over (102 against 54 on the reference problem).');
  if ((settings.policy === 'linucb' || settings.policy === 'lints') && settings.alpha < 1)
    warnings.push('A small alpha is a trap for linear policies: on 0/1 rewards 0.25 loses ten times as much as 1.');
  if (settings.policy === 'linucb' || settings.policy === 'lints') warnings.push('Linear policies forget nothing: half-life and window do not apply to them.');
  if (arms.length > 20) warnings.push(`${arms.length} arms share the exploration; up to 20 learn in reasonable time.`);
  return warnings;
}
