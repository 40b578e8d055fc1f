import { createServer } from 'node:net';
import { z } from 'zod';
import { serviceOn, servicesSchema } from '../../contract/services.js';
import type { ProcessView } from '../../contract/state.js';
import { systemClock, systemRandom } from '../../core/base/clock.js';
import { Emitter } from '../../core/base/emitter.js';
import { silentLog } from '../../core/base/log.js';
import { realTimes } from '../../core/base/test-times.js';
import { defaultRestartLimits } from '../process/restart-policy.js';
import { runProgram } from '../process/run-program.js';
import type { TestBench } from '../process/test-children.js';
import { type PlacedService, Services } from './services.js';

export type ServiceInput = z.input<typeof servicesSchema>;

export const placed = (input: ServiceInput, cwd = '/'): Map<string, PlacedService> =>
  new Map(Object.entries(z.parse(servicesSchema, input)).map(([name, entry]) => [name, { config: serviceOn(process.platform, entry), cwd: entry.cwd ?? cwd }]));

/** A Redis that is up or down as a test says. */
export class StandInRedis {
  readonly #changes = new Emitter<void>();
  #up = false;

  set up(up: boolean) {
    this.#up = up;
    this.#changes.emit();
  }

  onChange(listener: () => void): () => void {
    return this.#changes.on(listener);
  }

  view(): ProcessView {
    return { name: 'redis', state: this.#up ? 'running' : 'starting', pid: this.#up ? 1 : null } as ProcessView;
  }
}

const limits = realTimes ? defaultRestartLimits : { ...defaultRestartLimits, backoff: { firstMs: 20, factor: 2, capMs: 200, jitter: 0 } };

export function openServices(bench: TestBench, input: ServiceInput, redis = new StandInRedis()): Services {
  return new Services({
    services: placed(input, bench.dataDir),
    launcher: bench.launcher,
    run:
      (name, { config, cwd }) =>
      (argv, signal) =>
        runProgram({ argv, cwd, env: config.env, name, runId: bench.runId }, signal),
    redis,
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    limits,
  });
}

export function viewOf(services: Services, name: string): ProcessView {
  const view = services.views().find((one) => one.name === name);
  if (view === undefined) throw new Error(`there is no service ${name}`);
  return view;
}

export const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
