import { dirname, resolve } from 'node:path';
import { toErrorBody } from '../../contract/errors.js';
import type { BuildOptions } from '../build-options.js';
import type { ConfigSource } from '../config/config-source.js';
import type { DataDir } from '../data-dir.js';
import type { Launcher } from '../process/types.js';
import type { RedisHost } from '../redis/redis-host.js';
import { HandlerCatalogue } from './handler-catalogue.js';
import { HandlerPool } from './handler-pool.js';

export interface HandlerRooms {
  readonly pool: HandlerPool;
  readonly catalogue: HandlerCatalogue;
}

export interface HandlerWishes {
  /** A call of the contract, as a door would make it. */
  ask(method: string, params: unknown): Promise<unknown>;
  onRead: ConstructorParameters<typeof HandlerCatalogue>[0]['onRead'];
}

/** The processes that handlers run in, and the list of handlers there are. */
export function buildHandlers(
  options: BuildOptions,
  dataDir: DataDir,
  source: ConfigSource,
  launcher: Launcher,
  redis: RedisHost,
  wishes: HandlerWishes,
): HandlerRooms {
  const { clock, env } = options;
  const log = options.log.child('handlers');
  const config = source.live;
  const folder = (): string | null => (config.handlers.folder === undefined ? null : resolve(dirname(source.file), config.handlers.folder));
  const given = (): Record<string, string> =>
    Object.fromEntries(config.handlers.variables.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const])));
  const pool: HandlerPool = new HandlerPool({
    launcher,
    clock,
    log,
    settings: () => {
      const { processes, recycleAfterJobs, memory, idleAfter } = config.handlers;
      return { processes, recycleAfterJobs, memoryBytes: memory, idleAfterMs: idleAfter };
    },
    setup: () => ({
      type: 'setup',
      node: dataDir.node,
      prefix: config.redis.prefix,
      redis: redis.address(),
      dataDir: dataDir.path,
      folder: folder(),
      revision: catalogue.revision,
      env: given(),
    }),
    deadlines: (name) => catalogue.get(name),
    answer: async ({ method, params }) => {
      try {
        return { result: await wishes.ask(method, params) };
      } catch (error) {
        log.debug('a question of a handler could not be answered', { method, error });
        const { code, message } = toErrorBody(error);
        return { error: { code, message } };
      }
    },
  });
  const catalogue = new HandlerCatalogue({
    clock,
    log,
    folder,
    routes: () => config.handlers.routes,
    spare: () => pool.spare(),
    onRead: (files) => wishes.onRead(files),
  });
  return { pool, catalogue };
}
