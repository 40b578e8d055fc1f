import type { Found } from './locate.js';
import { floorVerdict, type RedisProduct } from './version-floor.js';

/** A package of a distribution that adds fixes to a release without changing its number. */
export interface DistroPackage {
  readonly name: string;
  /** As the package manager writes it: "5:7.0.15-1~deb12u10". */
  readonly revision: string;
}

export type Gate = { readonly kind: 'open'; readonly note: string | null } | { readonly kind: 'shut'; readonly message: string };

/**
 * Whether a server of our own may be started. One with known holes is not, unless its distribution answers for it or
 * the operator says so: they alone can know. What is known of the holes stands in `version-floor.ts`.
 */
export function gateOf(facts: {
  readonly product: RedisProduct;
  readonly version: string;
  readonly path: string;
  readonly pack: DistroPackage | null;
  readonly allowed: boolean;
}): Gate {
  const { product, version, path, pack, allowed } = facts;
  const verdict = floorVerdict(product, version);
  if (verdict.message === null) return { kind: 'open', note: null };
  if (pack !== null) return { kind: 'open', note: `${verdict.message} It comes from the package ${pack.name} ${pack.revision}, which may have them.` };
  if (allowed) return { kind: 'open', note: `${verdict.message} It runs because redis.allowOutdated says so.` };
  return {
    kind: 'shut',
    message: `${path} is not started: ${verdict.message} To run it all the same set redis.allowOutdated: true in roost.yaml.`,
  };
}

/** What the gate says to a server that was found; a package manager is asked only where the answer matters. `run` as runTool. */
export async function askGate({ path, flavour, version }: Found, allowed: boolean, run: Run): Promise<Gate> {
  const release = version.join('.');
  if (flavour === 'memurai' || floorVerdict(flavour, release).kind === 'fine') return { kind: 'open', note: null };
  return gateOf({ product: flavour, version: release, path, pack: await packageOf(flavour, release, run), allowed });
}

type Run = (file: string, args: readonly string[]) => Promise<string | null>;

const packageNames: Readonly<Record<RedisProduct, readonly string[]>> = {
  redis: ['redis-server', 'redis-tools', 'redis'],
  valkey: ['valkey-server', 'valkey-tools', 'valkey'],
};

/** Both ask about one installed package and print its version. */
const managers: readonly (readonly [file: string, ...args: string[]])[] = [
  ['dpkg-query', '-W', '-f', '${Version}'],
  ['rpm', '-q', '--qf', '%{VERSION}-%{RELEASE}'],
];

/** The package of a distribution that has installed this release; null when none has, or nobody can be asked. `run` as runTool. */
export async function packageOf(product: RedisProduct, version: string, run: Run): Promise<DistroPackage | null> {
  for (const [file, ...args] of managers) {
    for (const name of packageNames[product]) {
      const revision = (await run(file, [...args, name]))?.trim() ?? '';
      if (vouches(revision, version)) return { name, revision };
    }
  }
  return null;
}

/** Of the same release, and not a package of the makers themselves (packages.redis.io: "6:7.4.5-1rl1~bookworm1"): theirs are the bare release. */
export function vouches(revision: string, version: string): boolean {
  const [, release, rest] = /^(?:\d+:)?(\d+\.\d+\.\d+)([^0-9].*)$/.exec(revision) ?? [];
  return release === version && !/^-\d+rl\d/.test(rest ?? '');
}
