import type { Condition } from '../../contract/services.js';

export interface Dependent {
  readonly dependsOn: Readonly<Record<string, Condition>>;
}

/** What is wrong with the dependencies, for a person who reads their config; undefined when all can be started. */
export type DependencyFault =
  | { readonly kind: 'unknown'; readonly service: string; readonly dependency: string }
  | { readonly kind: 'cycle'; readonly path: readonly string[] };

/** Redis is the one process of Roost itself that a service may wait for. */
export const builtinDependencies = ['redis'] as const;

export function dependencyFault(services: Readonly<Record<string, Dependent>>): DependencyFault | undefined {
  const known = new Set<string>([...Object.keys(services), ...builtinDependencies]);
  for (const [service, { dependsOn }] of Object.entries(services)) {
    const dependency = Object.keys(dependsOn).find((name) => !known.has(name));
    if (dependency !== undefined) return { kind: 'unknown', service, dependency };
  }
  const settled = new Set<string>();
  const walk = (name: string, path: readonly string[]): readonly string[] | undefined => {
    const at = path.indexOf(name);
    if (at >= 0) return [...path.slice(at), name];
    if (settled.has(name)) return undefined;
    for (const dependency of Object.keys(services[name]?.dependsOn ?? {})) {
      const cycle = walk(dependency, [...path, name]);
      if (cycle !== undefined) return cycle;
    }
    settled.add(name);
    return undefined;
  };
  for (const name of Object.keys(services)) {
    const path = walk(name, []);
    if (path !== undefined) return { kind: 'cycle', path };
  }
  return undefined;
}

/** Who depends on this one directly. */
export const dependentsOf = (name: string, services: Iterable<readonly [string, Dependent]>): string[] =>
  [...services].filter(([, { dependsOn }]) => Object.hasOwn(dependsOn, name)).map(([dependent]) => dependent);
