import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { methods } from '../../contract/methods.js';
import { type Parsed, text } from '../args.js';
import { type Context, Ending, exitCodes, json, line } from '../context.js';
import { printable } from '../format.js';
import { connectHost, type Host } from '../host.js';
import { type Act, asJson, decimal, given, needed, policyOf, usage } from './arms-words.js';

/** Changes something and tells what counts now. */
function changing(
  ask: (host: Host, parsed: Parsed, name: string | undefined) => Promise<unknown>,
  told: (name: string | undefined, answer: { undone?: string }) => string,
): Act {
  return async (context, parsed, name) => {
    const host = await connectHost(context, parsed);
    const answer = (await ask(host, parsed, name)) as { undone?: string; coordinator: unknown };
    if (asJson(parsed)) json(context, answer);
    else line(context, told(name, answer));
    return exitCodes.done;
  };
}

const onArm = (act: 'freeze' | 'unfreeze' | 'retire', told: (name: string) => string): Act =>
  changing(
    (host, _parsed, name) => host.post(`/api/coordinator/arms/${encodeURIComponent(needed(name))}/${act}`),
    (name) => told(name ?? ''),
  );

/** One request carries this much; the buckets are what grows, and without them everything counts as old. */
const mostBytes = 240 * 1024;

async function stateIn(context: Context, path: string): Promise<Record<string, unknown>> {
  let state: unknown;
  try {
    state = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new Ending(exitCodes.usage, `${path} is not a state that was exported: ${(error as Error).message}`);
  }
  if (state === null || typeof state !== 'object' || Array.isArray(state)) throw new Ending(exitCodes.usage, `${path} is not a state that was exported`);
  if (JSON.stringify(state).length <= mostBytes) return { ...state };
  context.err('roost: the state is too large for one request: its buckets are left out, so that all of it counts as old');
  return { ...state, buckets: {} };
}

/** What `roost arms` changes. */
export const changes: Readonly<Record<string, Act>> = {
  set: changing(
    (host, parsed, name) => {
      const halfLife = text(parsed, 'half-life');
      const arm = given({ weight: decimal(parsed, 'weight', 0, 100), prior: decimal(parsed, 'prior', 0, 1) });
      if (name === undefined && Object.keys(arm).length > 0) throw new Ending(exitCodes.usage, `--weight and --prior need an arm; usage: ${usage[1]}`);
      const patch = {
        ...given({ policy: policyOf(parsed), alpha: decimal(parsed, 'alpha', 0, 10) }),
        ...(halfLife === undefined ? {} : { halfLife: halfLife === 'never' ? null : decimal(parsed, 'half-life', 10, 1_000_000) }),
        ...(name === undefined ? {} : { arms: { [name]: arm } }),
      };
      return host.patch('/api/coordinator', patch);
    },
    () => 'changed; undo takes it back, revert goes back to the file',
  ),
  freeze: onArm('freeze', (name) => `${name} is no longer chosen`),
  unfreeze: onArm('unfreeze', (name) => `${name} may be chosen again`),
  retire: onArm('retire', (name) => `${name} is retired; its history is kept`),
  reset: changing(
    (host, parsed, name) => {
      if (parsed.values['all'] === true) return host.post('/api/coordinator/reset');
      return host.post(`/api/coordinator/arms/${encodeURIComponent(needed(name))}/reset`);
    },
    (name) => `${name ?? 'everything'} begins anew; roost arms undo takes it back`,
  ),
  add: changing(
    (host, parsed, name) =>
      host.post('/api/coordinator/arms', { arm: needed(name), ...given({ prior: decimal(parsed, 'prior', 0, 1), weight: decimal(parsed, 'weight', 0, 100) }) }),
    (name) => `${name} is an arm now`,
  ),
  undo: changing(
    (host) => host.post('/api/coordinator/undo'),
    (_name, { undone = '' }) => `taken back: ${printable(undone)}`,
  ),
  revert: changing(
    (host) => host.post('/api/coordinator/revert'),
    () => 'the file alone counts again',
  ),
  async import(context, parsed, name) {
    const host = await connectHost(context, parsed);
    const state = await stateIn(context, resolve(context.cwd, needed(name)));
    const answer = methods['coordinator.import'].result.parse(await host.put('/api/coordinator/state', { state }));
    if (asJson(parsed)) json(context, answer);
    else line(context, `imported: ${answer.coordinator.settled} settled rewards`);
    return exitCodes.done;
  },
};
