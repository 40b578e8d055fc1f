import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Config } from '../../contract/config.js';
import { defaultDataDir, type Surroundings } from '../../contract/data-dir.js';
import { RoostError } from '../../contract/errors.js';
import type { RedisCheck } from '../../contract/redis-check.js';
import { checkRedis } from '../redis/redis-check.js';
import { schemaFileText } from './json-schema.js';
import { applyEnvironment, parseConfig } from './load-config.js';
import { renderConfig } from './render-config.js';

/** `roost config …`: works on the file alone, so it needs no running host. */

export interface ConfigCommandWorld extends Surroundings {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly write: (text: string) => void;
  readonly err: (line: string) => void;
  readonly resourcesDir?: string;
  /** Asks a small program, as runTool does. */
  readonly run: (file: string, args: readonly string[]) => Promise<string | null>;
}

const usage = 'usage: roost config check [FILE] | show [FILE] [--json] | redis [FILE] [--json] | schema   (each takes --data-dir D)';
const exitCodes = { done: 0, failed: 1, usage: 2 } as const;

export async function runConfigCommand(world: ConfigCommandWorld): Promise<number> {
  let words: string[];
  let values: { 'data-dir'?: string; config?: string; json?: boolean };
  try {
    const options = { 'data-dir': { type: 'string' }, config: { type: 'string' }, json: { type: 'boolean' } } as const;
    const parsed = parseArgs({ args: [...world.argv], options, allowPositionals: true });
    words = parsed.positionals;
    values = parsed.values;
  } catch (error) {
    return misuse(world, `${(error as Error).message.split('.')[0]}; `);
  }
  const [act, file, ...more] = words;
  if (more.length > 0 || (act === 'schema' && file !== undefined)) return misuse(world);
  if (act === 'schema') {
    world.write(schemaFileText());
    return exitCodes.done;
  }
  if (act === 'redis') return askForRedis(world, file ?? values.config, values['data-dir'], values.json === true);
  if (act !== 'check' && act !== 'show') return misuse(world);
  try {
    const { place, config, exists } = await load(world, file ?? values.config, values['data-dir']);
    if (act === 'check') world.write(`${exists ? `${place} is in order` : `There is no ${place}: the defaults apply`}: ${summary(config)}.\n`);
    else world.write(values.json === true ? `${JSON.stringify(config, null, 2)}\n` : renderConfig(config));
    return exitCodes.done;
  } catch (error) {
    if (!(error instanceof RoostError)) throw error;
    world.err(`roost: ${error.message}`);
    return error.code === 'bad-request' ? exitCodes.usage : exitCodes.failed;
  }
}

/** Which server a start would use. A config with a mistake is told and its Redis section taken as if it were not there: the machine is what is asked about. */
async function askForRedis(world: ConfigCommandWorld, named: string | undefined, dataDir: string | undefined, asJson: boolean): Promise<number> {
  let configProblem: string | null = null;
  const found = await load(world, named, dataDir).catch((error: unknown) => {
    if (!(error instanceof RoostError)) throw error;
    configProblem = error.message;
    return { config: applyEnvironment(parseConfig('', 'the defaults', world.env), world.env) };
  });
  const { env, run, resourcesDir } = world;
  const told: RedisCheck = {
    ...(await checkRedis(found.config.redis, { env, platform: world.platform as NodeJS.Platform, resourcesDir, run })),
    configProblem,
  };
  if (asJson) world.write(`${JSON.stringify(told, null, 2)}\n`);
  else {
    if (told.configProblem !== null) world.err(`roost: ${told.configProblem}`);
    world.write(`${told.found}${told.advice === undefined ? '' : `: ${told.advice}`}\n`);
  }
  return told.verdict === 'problem' || told.configProblem !== null ? exitCodes.failed : exitCodes.done;
}

function misuse(world: ConfigCommandWorld, why = ''): number {
  world.err(`roost: ${why}${usage}`);
  return exitCodes.usage;
}

interface Found {
  readonly place: string;
  readonly config: Config;
  readonly exists: boolean;
}

async function load(world: ConfigCommandWorld, named: string | undefined, dataDir: string | undefined): Promise<Found> {
  const { env, cwd } = world;
  const wished = named ?? (env['ROOST_CONFIG']?.trim() ? env['ROOST_CONFIG'] : undefined);
  const place = wished === undefined ? join(homeOf(world, dataDir), 'roost.yaml') : resolve(cwd, wished);
  let text = '';
  let exists = true;
  try {
    text = await readFile(place, 'utf8');
  } catch (error) {
    exists = false;
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || wished !== undefined)
      throw new RoostError('config-invalid', `the config file ${place} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  return { place, config: applyEnvironment(parseConfig(text, place, env), env), exists };
}

function homeOf(world: ConfigCommandWorld, wished: string | undefined): string {
  const found = wished === undefined ? defaultDataDir(world) : resolve(world.cwd, wished);
  if (found === undefined) throw new RoostError('bad-request', 'there is no home directory: name the file, or the data directory with --data-dir');
  return found;
}

function summary(config: Config): string {
  const part = (what: string, names: readonly string[]): string => (names.length === 0 ? `no ${what}s` : `${what}s ${names.join(', ')}`);
  return [
    part('service', Object.keys(config.services)),
    part('worker', Object.keys(config.workers)),
    part('template', Object.keys(config.templates)),
    `${config.pool.size} warm agents of ${config.pool.template}`,
  ].join('; ');
}
