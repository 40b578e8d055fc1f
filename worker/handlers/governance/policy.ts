import type { GovernanceData } from '../../../contract/handler-data.js';

/** What is known of one arm; the verdict is the coordinator's, with its statistics, never read off a plain average. */
export interface ArmFacts {
  readonly arm: string;
  readonly frozen: boolean;
  readonly retired: boolean;
  readonly weight: number;
  readonly settled: number;
  readonly average: number | null;
  readonly lastRewardAtMs: number | null;
  readonly verdict: { readonly state: string; readonly text: string } | null;
}

/** What is known of the agents of one template. */
export interface TemplateFacts {
  readonly template: string;
  readonly starts: number;
  readonly failedStarts: number;
  readonly deaths: number;
  readonly p95Ms: number | null;
}

export type Act = { readonly kind: 'freeze'; readonly arm: string } | { readonly kind: 'weight'; readonly arm: string; readonly weight: number };

export interface Finding {
  readonly about: string;
  readonly severity: 'info' | 'warning';
  readonly reason: string;
  /** What the policy wants done; null where only a person can. */
  readonly act: Act | null;
}

const dayMs = 86_400_000;
const inPlay = (arm: ArmFacts): boolean => !arm.frozen && !arm.retired && arm.weight > 0;

/**
 * The rules, the worst arm first. An underperforming arm is frozen while enough others stay in play. A weight other than 1 on an arm
 * that lost its reason (it leads or competes, yet is held down) goes back to 1. What nobody chose for long is only told.
 */
export function findings(arms: readonly ArmFacts[], templates: readonly TemplateFacts[], rules: GovernanceData, nowMs: number): readonly Finding[] {
  const found: Finding[] = [];
  let left = arms.filter(inPlay).length;
  const worstFirst = [...arms].sort((a, b) => (a.average ?? 1) - (b.average ?? 1));
  for (const arm of worstFirst) {
    const state = arm.verdict?.state;
    if (state === 'underperforming' && inPlay(arm)) {
      const mayGo = left > rules.min_active_arms;
      if (mayGo) left -= 1;
      const kept = mayGo ? '' : ` It stays: ${rules.min_active_arms} arms must be in play.`;
      found.push({
        about: arm.arm,
        severity: 'warning',
        reason: `${arm.verdict?.text ?? 'underperforms'}.${kept}`.replace('..', '.'),
        act: mayGo ? { kind: 'freeze', arm: arm.arm } : null,
      });
    } else if ((state === 'leader' || state === 'competitive') && inPlay(arm) && arm.weight < 1) {
      found.push({
        about: arm.arm,
        severity: 'info',
        reason: `it is held down by a weight of ${arm.weight}, yet ${state === 'leader' ? 'leads' : 'keeps up with the leader'}`,
        act: { kind: 'weight', arm: arm.arm, weight: 1 },
      });
    }
    if (inPlay(arm) && arm.lastRewardAtMs !== null && nowMs - arm.lastRewardAtMs > rules.stale_days * dayMs)
      found.push({ about: arm.arm, severity: 'info', reason: `no reward for ${Math.floor((nowMs - arm.lastRewardAtMs) / dayMs)} days`, act: null });
  }
  return [...found, ...templates.flatMap((one) => templateFindings(one, rules))];
}

/** Rates of a handful of starts say nothing. */
const leastStarts = 10;

function templateFindings(one: TemplateFacts, rules: GovernanceData): Finding[] {
  const found: Finding[] = [];
  const warn = (reason: string): void => void found.push({ about: one.template, severity: 'warning', reason, act: null });
  const tries = one.starts + one.failedStarts;
  const percent = (share: number): string => `${Math.round(share * 100)} %`;
  if (tries >= leastStarts && one.failedStarts / tries > rules.max_start_failure_rate)
    warn(`${percent(one.failedStarts / tries)} of ${tries} starts failed (allowed ${percent(rules.max_start_failure_rate)})`);
  if (one.starts >= leastStarts && one.deaths / one.starts > rules.max_death_rate)
    warn(`${percent(one.deaths / one.starts)} of ${one.starts} agents died (allowed ${percent(rules.max_death_rate)})`);
  if (one.p95Ms !== null && one.p95Ms > rules.max_p95_ms) warn(`p95 of ${Math.round(one.p95Ms)} ms (allowed ${rules.max_p95_ms} ms)`);
  return found;
}
