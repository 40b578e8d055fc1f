import { delimiter } from 'node:path';
import type { Config } from '../../contract/config.js';
import { RoostError } from '../../contract/errors.js';
import type { RedisCheck } from '../../contract/redis-check.js';
import { type LocateOptions, locate } from './locate.js';
import { askGate } from './version-gate.js';

export interface RedisCheckWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** Where a packaged app keeps its own server. */
  readonly resourcesDir?: string | undefined;
  /** As runTool: what a small program prints, or null. */
  run(file: string, args: readonly string[]): Promise<string | null>;
}

/** Where the managed server is looked for: one rule for the host and for whoever asks before it starts. */
export const placesOf = ({ env, platform, resourcesDir }: Pick<RedisCheckWorld, 'env' | 'platform' | 'resourcesDir'>): LocateOptions => ({
  platform,
  configured: env['ROOST_REDIS_SERVER'],
  resourcesDir,
  searchPath: (env['PATH'] ?? env['Path'] ?? '').split(delimiter),
});

/** The server that a start would use, and what the version gate would say to it. Nothing is started but `--version`. */
export async function checkRedis(config: Config['redis'], world: RedisCheckWorld): Promise<Omit<RedisCheck, 'configProblem'>> {
  if (config.mode === 'external')
    return { verdict: 'ok', found: 'REDIS_URL or redis.url names an external Redis: none is started here', path: null, version: null };
  try {
    const found = await locate(placesOf(world), async (program) => (await world.run(program, ['--version'])) ?? '');
    const { path } = found;
    const about = { path, version: found.version.join('.') };
    const gate = await askGate(found, config.allowOutdated, world.run);
    if (gate.kind === 'shut') return { verdict: 'problem', found: gate.message, advice: 'update it, or install the server of your distribution', ...about };
    if (gate.note !== null) return { verdict: 'note', found: `${path}: ${gate.note}`, ...about };
    return { verdict: 'ok', found: `${path} (version ${about.version})`, ...about };
  } catch (error) {
    if (!(error instanceof RoostError)) throw error;
    return { verdict: 'problem', found: error.message, path: null, version: null };
  }
}
