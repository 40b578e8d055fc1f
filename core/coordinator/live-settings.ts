import { z } from 'zod';
import type { Config } from '../../contract/config.js';
import { policyNames } from '../../contract/coordinator-views.js';
import { RoostError } from '../../contract/errors.js';

export type CoordinatorConfig = Config['coordinator'];

/**
 * Settings changed while running. They lie on top of the file, which stays what the operator wrote: the
 * screen tells what differs, `undo` takes the last change back, `revert` drops them all.
 */
const changeSchema = z.object({
  policy: z.enum(policyNames).optional(),
  alpha: z.number().optional(),
  warmupPulls: z.number().int().optional(),
  floor: z.number().optional(),
  halfLife: z.number().nullable().optional(),
  arms: z
    .record(
      z.string(),
      z.object({
        prior: z.number().optional(),
        weight: z.number().optional(),
        frozen: z.boolean().optional(),
        retired: z.boolean().optional(),
        /** Not in the file: made while running. */
        added: z.boolean().optional(),
        /** How often the arm was reset; its sums live under a name of their own each time. */
        generation: z.number().int().optional(),
        /** Counts as one that joined later, with a lighter prior. */
        latecomer: z.boolean().optional(),
      }),
    )
    .default({}),
  /** Settled pulls at the last reset of everything: the warm-up counts from there. */
  since: z.number().int().default(0),
  atMs: z.number().default(0),
  actor: z.string().default(''),
  what: z.string().default(''),
});
export type LiveChanges = z.infer<typeof changeSchema>;
export type ArmChange = LiveChanges['arms'][string];

export const noChanges: LiveChanges = changeSchema.parse({});

/** What Redis holds as JSON; anything else counts as nothing changed. */
export function parseChanges(text: string): LiveChanges {
  if (text === '') return noChanges;
  try {
    return changeSchema.parse(JSON.parse(text));
  } catch {
    // Written by another version of Roost: the file is what counts then.
    return noChanges;
  }
}

export interface LiveArm {
  readonly prior: number;
  readonly weight: number;
  readonly frozen: boolean;
  readonly retired: boolean;
  readonly added: boolean;
  /** Name of its sums in Redis. */
  readonly slot: string;
  readonly latecomer: boolean | undefined;
}

/** The config as it counts now. */
export interface LiveSettings extends Omit<CoordinatorConfig, 'arms'> {
  readonly arms: Readonly<Record<string, LiveArm>>;
  readonly since: number;
  readonly version: number;
}

export const slotOf = (arm: string, generation = 0): string => (generation === 0 ? arm : `${arm}~${generation}`);
export const armOfSlot = (slot: string): string => slot.split('~')[0] ?? slot;

export function liveSettings(config: CoordinatorConfig, changes: LiveChanges, version: number): LiveSettings {
  const arms: Record<string, LiveArm> = {};
  const added = Object.keys(changes.arms).filter((arm) => changes.arms[arm]?.added === true);
  for (const arm of new Set([...Object.keys(config.arms), ...added])) {
    const file = config.arms[arm];
    const change = changes.arms[arm] ?? {};
    arms[arm] = {
      prior: change.prior ?? file?.prior ?? 0.5,
      weight: change.weight ?? file?.weight ?? 1,
      frozen: change.frozen ?? file?.frozen ?? false,
      retired: change.retired ?? false,
      added: file === undefined,
      slot: slotOf(arm, change.generation),
      latecomer: change.latecomer,
    };
  }
  const { policy, alpha, warmupPulls, floor, halfLife } = changes;
  return {
    ...config,
    ...(policy === undefined ? {} : { policy }),
    ...(alpha === undefined ? {} : { alpha }),
    ...(warmupPulls === undefined ? {} : { warmupPulls }),
    ...(floor === undefined ? {} : { floor }),
    ...(halfLife === undefined ? {} : { memory: { ...config.memory, halfLife: halfLife ?? 'never' } }),
    arms,
    since: changes.since,
    version,
  };
}

export interface Difference {
  readonly path: string;
  readonly file: string;
  readonly now: string;
}

/** What differs from the file, in its words. */
export function differences(config: CoordinatorConfig, changes: LiveChanges): readonly Difference[] {
  const found: Difference[] = [];
  const compare = (path: string, file: unknown, now: unknown): void => {
    if (now !== undefined && now !== file) found.push({ path, file: String(file ?? 'not there'), now: String(now) });
  };
  compare('policy', config.policy, changes.policy);
  compare('alpha', config.alpha, changes.alpha);
  compare('warmupPulls', config.warmupPulls, changes.warmupPulls);
  compare('floor', config.floor, changes.floor);
  if (changes.halfLife !== undefined) compare('memory.halfLife', config.memory.halfLife, changes.halfLife ?? 'never');
  for (const [arm, change] of Object.entries(changes.arms)) {
    const file = config.arms[arm];
    if (file === undefined && change.added !== true) continue;
    if (file === undefined) found.push({ path: `arms.${arm}`, file: 'not there', now: change.retired === true ? 'added, retired' : 'added' });
    else {
      compare(`arms.${arm}.prior`, file.prior, change.prior);
      compare(`arms.${arm}.weight`, file.weight, change.weight);
      compare(`arms.${arm}.frozen`, file.frozen, change.frozen);
      compare(`arms.${arm}.retired`, false, change.retired);
    }
  }
  return found;
}

/** Refuses settings with which nothing could be chosen. */
export function requireEligible(settings: LiveSettings): void {
  if (Object.values(settings.arms).some((arm) => !arm.frozen && !arm.retired)) return;
  throw new RoostError('bad-request', 'At least one arm must stay free to be chosen: this would freeze or retire the last one.', { field: 'arm' });
}

export function requireArm(settings: LiveSettings, arm: string): LiveArm {
  const found = settings.arms[arm];
  if (found !== undefined) return found;
  throw new RoostError('not-found', `There is no arm ${arm}; known are ${Object.keys(settings.arms).join(', ')}.`, { field: 'arm' });
}
