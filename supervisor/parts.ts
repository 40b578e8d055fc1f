import { RoostError } from '../contract/errors.js';
import { Secrets, secretsIn } from '../core/base/secrets.js';
import type { Keys } from '../core/redis/keys.js';
import { agentSetupOf, type BuildOptions } from './build-options.js';
import { buildRedis } from './build-redis.js';
import { buildServices } from './build-services.js';
import type { Trust } from './build-trust.js';
import type { ConfigSource } from './config/config-source.js';
import type { DataDir } from './data-dir.js';
import type { Desk } from './desk.js';
import { buildHandlers, type HandlerRooms, type HandlerWishes } from './handler-pool/build-handlers.js';
import { WarmPool } from './pool/warm-pool.js';
import { FileReserve } from './process/file-reserve.js';
import { ProcessLauncher } from './process/launcher.js';
import { runDir } from './process/ledger.js';
import { LifeBook } from './process/life-book.js';
import { createNodeSpawner } from './process/node-spawner.js';
import { RestartBudget } from './process/restart-budget.js';
import type { RedisHost } from './redis/redis-host.js';
import type { Services } from './services/services.js';
import type { LiveKit } from './voice/livekit.js';
import { WorkerFleet } from './workers/worker-fleet.js';

/** Everything that runs processes, in the order in which one needs the other. */
export interface Parts {
  readonly launcher: ProcessLauncher;
  readonly redis: RedisHost;
  readonly pool: WarmPool;
  readonly workers: WorkerFleet;
  readonly services: Services;
  readonly work: HandlerRooms;
  readonly book: LifeBook;
  readonly files: FileReserve;
}

/** Builds them; nothing runs yet. `desk` answers undefined until Redis has served for the first time. */
export function buildParts(
  options: BuildOptions,
  dataDir: DataDir,
  source: ConfigSource,
  keys: Keys,
  trust: Trust,
  liveKit: LiveKit,
  desk: () => Desk | undefined,
  wishes: HandlerWishes,
): Parts {
  const { clock, random, log, secrets = new Secrets() } = options;
  const config = source.live;
  const files = new FileReserve({ clock, log: log.child('process') });
  const spawner = files.guard(options.spawner ?? createNodeSpawner({ entryDir: options.entryDir, toolDir: runDir(dataDir.path), log: log.child('process') }));
  const known = (): void => secrets.add(...secretsIn(source.current), ...secretsIn(options.env));
  known();
  source.onChange(known);
  const launcher = new ProcessLauncher({
    spawner,
    dataDir: dataDir.path,
    runId: dataDir.runId,
    clock,
    log: log.child('process'),
    secrets,
    logLimits: () => ({ maxFileBytes: config.logs.fileSize, files: config.logs.files }),
  });
  const budget = new RestartBudget();
  const book = new LifeBook({ dataDir: dataDir.path, clock, log: log.child('figures') });
  const redis = buildRedis(options, config.redis, launcher, keys, dataDir.path, budget, book, secrets);
  const pool = new WarmPool({
    launcher,
    clock,
    random,
    log: log.child('pool'),
    config,
    agentSetup: () => agentSetupOf(config, options, dataDir),
    dataDir: dataDir.path,
    deskFor: trust.deskFor(launcher),
    runId: dataDir.runId,
    daysOf: (template) => book.daysOf(`agents of ${template}`),
    roomEnv: (agentId) => liveKit.agentEnv(agentId),
  });
  const work = buildHandlers(options, dataDir, source, launcher, redis, wishes);
  const deskNow = (): Desk => {
    const open = desk();
    if (open === undefined) throw new RoostError('redis-unavailable', 'Redis does not serve yet.');
    return open;
  };
  const workers = new WorkerFleet({
    config,
    node: dataDir.node,
    keys,
    launcher,
    redis,
    clock,
    random,
    log,
    budget,
    book,
    desk,
    calls: {
      deliver: async (request, onWaiting) => deskNow().deliveries.deliver(request, { onWaiting }),
      onTurn: (turn) => desk()?.turnChanged(turn),
      handlers: work.pool,
    },
  });
  const services = buildServices(options, source, launcher, redis, dataDir.runId, budget, book);
  return { launcher, redis, pool, workers, services, work, book, files };
}
