import type { MethodName, Params, Result } from '../contract/methods.js';

export type Verb = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** REST as data: each line names a handler of the core and where its parameters come from. */
export interface Route {
  readonly verb: Verb;
  readonly path: string;
  readonly method: MethodName;
  readonly summary: string;
  /** Path parameter -> field of the method's parameters. */
  readonly pathFields: Readonly<Record<string, string>>;
  /** Query parameters that are numbers. */
  readonly numbers: readonly string[];
  readonly status: (result: unknown) => number;
  /** Longer than other answers take: what was asked for is done when it comes. */
  readonly extraMs: number;
  /** What of the result goes out; everything unless said otherwise. */
  readonly pick: (result: unknown) => object;
}

interface RouteOptions<M extends MethodName> {
  readonly pathFields?: Readonly<Record<string, keyof Params<M> & string>>;
  readonly numbers?: readonly (keyof Params<M> & string)[];
  readonly status?: number | ((result: Result<M>) => number);
  readonly extraMs?: number;
  readonly pick?: (result: Result<M>) => object;
}

export function route<M extends MethodName>(verb: Verb, path: string, method: M, summary: string, options: RouteOptions<M> = {}): Route {
  const { status = 200 } = options;
  return {
    verb,
    path,
    method,
    summary,
    pathFields: options.pathFields ?? {},
    numbers: options.numbers ?? [],
    extraMs: options.extraMs ?? 0,
    status: (result) => (typeof status === 'number' ? status : status(result as Result<M>)),
    pick: (result) => (options.pick === undefined ? (result as object) : options.pick(result as Result<M>)),
  };
}

/** Redis may have to rewrite, copy or load all its data. */
export const slowMs = 10 * 60_000;
