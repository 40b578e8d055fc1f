import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../../contract/config.js';

export interface NamesDiff {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
}

/** What an edit of the config means for what runs: only what is named here is touched. */
export interface ConfigDiff {
  readonly services: NamesDiff;
  readonly workers: NamesDiff;
  readonly templates: NamesDiff;
  /** The new size of the pool, when the file says another one than before. */
  readonly poolSize: number | undefined;
  /** The pool's other rules, read anew whenever it plans. */
  readonly poolRules: boolean;
  /** What the built-in agent is told at its start. */
  readonly agentSetup: boolean;
  /** Sections that apply from the next use on, with nothing restarted. */
  readonly live: readonly (keyof Config)[];
  /** Sections that only a restart of Roost can follow. */
  readonly needsRestart: readonly (keyof Config)[];
}

const liveSections = ['watch', 'queues', 'handlers', 'coordinator', 'sessions', 'tiers', 'turns', 'logs', 'notifications', 'schedules'] as const;
const fixedSections = ['redis', 'api'] as const;

function namesDiff(before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>): NamesDiff {
  return {
    added: Object.keys(after).filter((name) => !(name in before)),
    removed: Object.keys(before).filter((name) => !(name in after)),
    changed: Object.keys(after).filter((name) => name in before && !isDeepStrictEqual(before[name], after[name])),
  };
}

export function configDiff(before: Config, after: Config): ConfigDiff {
  const differs = (section: keyof Config): boolean => !isDeepStrictEqual(before[section], after[section]);
  return {
    services: namesDiff(before.services, after.services),
    workers: namesDiff(before.workers, after.workers),
    templates: namesDiff(before.templates, after.templates),
    poolSize: before.pool.size === after.pool.size ? undefined : after.pool.size,
    poolRules: !isDeepStrictEqual({ ...before.pool, size: 0 }, { ...after.pool, size: 0 }),
    agentSetup: differs('agent') || differs('providers'),
    live: liveSections.filter(differs),
    needsRestart: fixedSections.filter(differs),
  };
}

/** What can follow while running takes the new values; the rest keeps the ones it was started with. */
export const effective = (running: Config, next: Config): Config => ({ ...next, redis: running.redis, api: running.api });

/** One sentence for each thing that happens now; empty when the edit changed nothing that matters. */
export function describeDiff(diff: ConfigDiff): string[] {
  const parts: string[] = [];
  const names = (what: string, { added, removed, changed }: NamesDiff, follows: string): void => {
    if (added.length > 0) parts.push(`${what} ${added.join(', ')} added`);
    if (removed.length > 0) parts.push(`${what} ${removed.join(', ')} removed`);
    if (changed.length > 0) parts.push(`${what} ${changed.join(', ')} changed: ${follows}`);
  };
  names('service', diff.services, 'restarting');
  names('worker', diff.workers, 'slots at once, queues with a fresh process that takes over');
  names('template', diff.templates, 'idle agents are replaced');
  if (diff.poolSize !== undefined) parts.push(`the pool now keeps ${diff.poolSize} warm`);
  if (diff.poolRules) parts.push('the rules of the pool changed');
  if (diff.agentSetup) parts.push('folders or providers of the built-in agent changed: idle agents are replaced');
  for (const section of diff.live) parts.push(`${section} changed`);
  for (const section of diff.needsRestart) parts.push(`${section} changed, which takes effect only when Roost is restarted`);
  return parts;
}
