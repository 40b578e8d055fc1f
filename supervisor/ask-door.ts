import { RoostError } from '../contract/errors.js';
import { type MethodName, methods } from '../contract/methods.js';
import { parseInput } from '../contract/validation.js';
import type { Handlers } from './core.js';

/** A door for our own programs: any method of the contract by its name, checked as at every door. */
export async function askByName(handlers: Handlers, name: string, params: unknown): Promise<unknown> {
  if (!Object.hasOwn(methods, name)) throw new RoostError('not-found', `There is no method named ${name}.`, { field: 'method' });
  const method = name as MethodName;
  const parsed = parseInput(methods[method].params, params, 'the parameters');
  const handle = handlers[method] as (params: unknown, signal: AbortSignal) => Promise<unknown>;
  return handle(parsed, new AbortController().signal);
}
