import { readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { RoostError } from '../../contract/errors.js';
import type { OwnFile } from '../../contract/handler-messages.js';
import { handlerNameSchema, handlerSpecs, type OwnHandler, ownHandlerSchema } from '../../contract/handlers.js';
import { parseInput } from '../../contract/validation.js';
import type { RunHandler } from '../../core/jobs/handler.js';

/** A user's own handlers: one file each, named for its jobs. `_helper.ts`, `x.test.ts` and `x.d.ts` are not handlers. */

const extensions = ['.ts', '.mts', '.js', '.mjs', '.cjs'] as const;
const isHandlerFile = (file: string): boolean =>
  extensions.some((extension) => file.endsWith(extension)) && !/^[_.]|\.d\.m?ts$|\.(test|spec)\.\w+$|\.config\.\w+$/.test(file);

interface Loaded {
  readonly handler: OwnHandler;
  readonly check: (data: unknown) => unknown;
  readonly run: RunHandler<unknown>;
}

const fnOrNothing = (value: unknown): boolean => value === undefined || typeof value === 'function';

/** Loads one file; whatever is wrong with it is told in a sentence. Node strips no types before version 22, hence the loader. */
async function load(folder: string, file: string): Promise<Loaded> {
  const name = file.slice(0, -extname(file).length);
  const named = handlerNameSchema.safeParse(name);
  if (!named.success) throw new RoostError('bad-request', `the file name ${named.error.issues[0]?.message ?? 'is no handler name'}`);
  if (name in handlerSpecs) throw new RoostError('bad-request', `${name} is a handler of Roost itself; take another file name`);
  const { createJiti } = await import('jiti/static');
  // No caches: the file may have changed, and nothing may be written beside it.
  const jiti = createJiti(join(folder, file), { fsCache: false, moduleCache: false, interopDefault: true });
  const exported = await jiti.import(join(folder, file), { default: true });
  if (exported === null || typeof exported !== 'object') throw new RoostError('bad-request', 'must export default an object with a summary and a function run');
  const { run, check, ...told } = exported as Record<string, unknown>;
  if (typeof run !== 'function') throw new RoostError('bad-request', 'must export default an object with a function run(job, tools)');
  if (!fnOrNothing(check)) throw new RoostError('bad-request', 'check must be a function that takes the data and gives them back, or throws');
  return {
    handler: parseInput(ownHandlerSchema, { summary: `Own handler ${file}`, ...told, name }, 'the handler'),
    check: typeof check === 'function' ? (data) => checked(check as (data: unknown) => unknown, data) : (data) => data,
    run: run as RunHandler<unknown>,
  };
}

/** Data that do not fit stay unfit: no second try. */
async function checked(check: (data: unknown) => unknown, data: unknown): Promise<unknown> {
  try {
    return await check(data);
  } catch (error) {
    throw new RoostError('bad-request', `data: ${error instanceof Error ? error.message : String(error)}`, { field: 'data', cause: error });
  }
}

const filesOf = async (folder: string): Promise<readonly string[]> => (await readdir(folder)).filter(isHandlerFile).sort();

/** Undefined when no file has this name. */
export async function loadOwnHandler(folder: string | null, name: string): Promise<Loaded | undefined> {
  if (folder === null || !handlerNameSchema.safeParse(name).success) return undefined;
  const file = (await filesOf(folder).catch(() => [])).find((one) => one.slice(0, -extname(one).length) === name);
  return file === undefined ? undefined : load(folder, file);
}

/** Every file of the folder with what it says of itself, or why it is no handler. `reading` is told before each, should one take the process down. */
export async function listOwnHandlers(folder: string | null, skip: readonly string[], reading: (file: string) => void): Promise<readonly OwnFile[]> {
  if (folder === null) return [];
  const found: OwnFile[] = [];
  for (const file of (await filesOf(folder).catch(() => [])).filter((one) => !skip.includes(one))) {
    reading(file);
    try {
      found.push({ file, handler: (await load(folder, file)).handler });
    } catch (error) {
      found.push({ file, problem: (error instanceof Error ? error.message : String(error)).slice(0, 500) });
    }
  }
  return found;
}
