import type { BuildOptions } from './build-options.js';
import type { ConfigSource } from './config/config-source.js';
import type { LifeBook } from './process/life-book.js';
import type { RestartBudget } from './process/restart-budget.js';
import { runProgram } from './process/run-program.js';
import type { Launcher } from './process/types.js';
import type { RedisHost } from './redis/redis-host.js';
import { placedServices } from './services/placed.js';
import { Services } from './services/services.js';

/** The services of the config; their probe commands run where and as they do. */
export function buildServices(
  options: BuildOptions,
  source: ConfigSource,
  launcher: Launcher,
  redis: RedisHost,
  runId: string,
  budget: RestartBudget,
  book: LifeBook,
): Services {
  const { clock, random, log } = options;
  return new Services({
    services: placedServices(source.current.services, source.file, process.platform),
    launcher,
    run:
      (name, { config, cwd }) =>
      (argv, signal) =>
        runProgram({ argv, cwd, env: config.env, name, runId }, signal),
    redis,
    clock,
    random,
    log: log.child('services'),
    budget,
    book,
  });
}
