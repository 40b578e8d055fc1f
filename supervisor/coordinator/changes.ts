import { RoostError } from '../../contract/errors.js';
import type { Params } from '../../contract/methods.js';
import { type ArmChange, type LiveChanges, liveSettings, requireArm, requireEligible } from '../../core/coordinator/live-settings.js';
import type { Settings } from '../../core/coordinator/settings-store.js';
import type { CoordinatorConfig } from '../../core/coordinator/snapshot.js';

/** Every change of the settings while running, as a pure function of what counts now. */

export interface Change {
  readonly what: string;
  apply(now: Settings): LiveChanges;
}

const armChange = (changes: LiveChanges, arm: string, change: ArmChange): LiveChanges => ({
  ...changes,
  arms: { ...changes.arms, [arm]: { ...changes.arms[arm], ...change } },
});

/** `config` is the file's; refused is what would leave nothing to choose from or name what is not there. */
function checked(config: CoordinatorConfig, what: string, to: (now: LiveChanges) => LiveChanges): Change {
  return {
    what,
    apply: ({ changes, version }) => {
      const next = to(changes);
      requireEligible(liveSettings(config, next, version));
      return next;
    },
  };
}

export function patched(config: CoordinatorConfig, { arms = {}, version: _, ...patch }: Params<'coordinator.patch'>): Change {
  const parts: string[] = [];
  if (patch.policy !== undefined) parts.push(`policy ${patch.policy}`);
  if (patch.alpha !== undefined) parts.push(`alpha ${patch.alpha}`);
  if (patch.warmupPulls !== undefined) parts.push(`warm-up ${patch.warmupPulls}`);
  if (patch.floor !== undefined) parts.push(`forced share ${patch.floor}`);
  if (patch.halfLife !== undefined) parts.push(patch.halfLife === null ? 'nothing fades' : `half-life ${patch.halfLife}`);
  for (const [arm, { prior, weight, frozen }] of Object.entries(arms)) {
    if (prior !== undefined) parts.push(`${arm} prior ${prior}`);
    if (weight !== undefined) parts.push(`${arm} weight ${weight}`);
    if (frozen !== undefined) parts.push(`${arm} ${frozen ? 'frozen' : 'unfrozen'}`);
  }
  if (parts.length === 0)
    throw new RoostError('bad-request', 'Nothing to change: name policy, alpha, warmupPulls, floor, halfLife or arms.', { field: 'policy' });
  return checked(config, parts.join(', '), (now) => {
    let next: LiveChanges = { ...now, ...defined(patch) };
    for (const [arm, change] of Object.entries(arms)) {
      requireArm(liveSettings(config, now, 0), arm);
      next = armChange(next, arm, defined(change));
    }
    return next;
  });
}

/** Without the keys that were not given. */
function defined<T extends object>(from: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(from).filter(([, value]) => value !== undefined)) as { [K in keyof T]: Exclude<T[K], undefined> };
}

export function frozen(config: CoordinatorConfig, arm: string, isFrozen: boolean): Change {
  return checked(config, `${arm} ${isFrozen ? 'frozen' : 'unfrozen'}`, (now) => {
    requireArm(liveSettings(config, now, 0), arm);
    return armChange(now, arm, { frozen: isFrozen });
  });
}

export function reset(config: CoordinatorConfig, arm: string): Change {
  return checked(config, `${arm} reset`, (now) => {
    requireArm(liveSettings(config, now, 0), arm);
    return armChange(now, arm, { generation: (now.arms[arm]?.generation ?? 0) + 1, latecomer: true });
  });
}

/** The warm-up begins anew, too: `settled` settled pulls are behind it. */
export function resetAll(config: CoordinatorConfig, settled: number): Change {
  return checked(config, 'everything reset', (now) => {
    let next: LiveChanges = { ...now, since: settled };
    for (const arm of Object.keys(liveSettings(config, now, 0).arms))
      next = armChange(next, arm, { generation: (now.arms[arm]?.generation ?? 0) + 1, latecomer: false });
    return next;
  });
}

/** Without a prior a new arm starts at the mean of the others, by their pulls. */
export function added(config: CoordinatorConfig, { arm, prior, weight }: Params<'coordinator.add'>, meanReward: number): Change {
  return checked(config, `${arm} added`, (now) => {
    const known = liveSettings(config, now, 0).arms[arm];
    if (known !== undefined && !known.retired) throw new RoostError('conflict', `There is an arm ${arm} already.`, { field: 'arm' });
    // Taken back: its history counts again, and what was set for it stays unless something else is asked for.
    if (known !== undefined) return armChange(now, arm, { retired: false, ...defined({ prior, weight }) });
    return armChange(now, arm, { added: true, prior: prior ?? Math.round(meanReward * 1_000) / 1_000, weight: weight ?? 1, frozen: false, retired: false });
  });
}

export function retired(config: CoordinatorConfig, arm: string): Change {
  return checked(config, `${arm} retired`, (now) => {
    if (requireArm(liveSettings(config, now, 0), arm).retired) throw new RoostError('conflict', `${arm} is retired already.`, { field: 'arm' });
    return armChange(now, arm, { retired: true });
  });
}

/** The file alone counts again; what was learned stays where it is. */
export function reverted(config: CoordinatorConfig): Change {
  return checked(config, 'back to the file', (now) => {
    const arms: Record<string, ArmChange> = {};
    for (const [arm, { generation, latecomer, added: isAdded }] of Object.entries(now.arms)) {
      if (isAdded === true) arms[arm] = { ...defined({ generation, latecomer }), added: true, retired: true };
      else if (generation !== undefined) arms[arm] = defined({ generation, latecomer });
    }
    return { arms, since: now.since, atMs: 0, actor: '', what: '' };
  });
}
