import { isDeepStrictEqual } from 'node:util';
import type { Condition, ServiceConfig } from '../../contract/services.js';
import type { ExitView, ProcessView } from '../../contract/state.js';
import type { Clock, Random } from '../../core/base/clock.js';
import { Emitter } from '../../core/base/emitter.js';
import type { Log } from '../../core/base/log.js';
import type { LifeBook } from '../process/life-book.js';
import { nextEvent } from '../process/next-event.js';
import type { RestartBudget } from '../process/restart-budget.js';
import type { RestartLimits } from '../process/restart-policy.js';
import type { Launcher } from '../process/types.js';
import { controlOf, type ProcessControl } from '../process-control.js';
import { dependentsOf } from './order.js';
import type { RunProgram } from './probes.js';
import { type ServiceEvent, ServiceHost } from './service-host.js';

/** A service as the config says, with its working directory made absolute. */
export interface PlacedService {
  readonly config: ServiceConfig;
  readonly cwd: string;
}

export interface ServicesOptions {
  readonly services: ReadonlyMap<string, PlacedService>;
  readonly launcher: Launcher;
  run(name: string, service: PlacedService): RunProgram;
  /** The one process of Roost itself that services may depend on. */
  readonly redis: { view(): ProcessView; onChange(listener: () => void): () => void };
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly limits?: RestartLimits;
  /** The figures go with the name, whatever its settings become. */
  readonly book?: LifeBook;
  readonly budget?: RestartBudget;
}

/** A service that is replaced may take its grace; one at the end of Roost at least this. */
const leastGraceMs = 300;

/** All services: started as their dependencies become ready, stopped in reverse, replaced one by one when the config changes. */
export class Services {
  readonly #options: ServicesOptions;
  readonly #hosts = new Map<string, ServiceHost>();
  readonly #changes: Emitter<void>;
  readonly #events: Emitter<ServiceEvent>;
  readonly #wasUp = new Set<string>();
  #offRedis: (() => void) | undefined;
  #applying: Promise<void> = Promise.resolve();
  #started = false;
  #stopping = false;

  constructor(options: ServicesOptions) {
    this.#options = options;
    const onError = (error: unknown): void => options.log.error('a listener of the services failed', { error });
    this.#changes = new Emitter(onError);
    this.#events = new Emitter(onError);
    for (const [name, service] of options.services) this.#build(name, service);
  }

  onChange(listener: () => void): () => void {
    return this.#changes.on(listener);
  }

  onEvent(listener: (event: ServiceEvent) => void): () => void {
    return this.#events.on(listener);
  }

  views(): ProcessView[] {
    return [...this.#hosts.values()].map((host) => host.view());
  }

  controls(): ProcessControl[] {
    return [...this.#hosts.values()].map((host) => controlOf(host.process, () => host.view()));
  }

  setUsage(name: string, usage: { readonly rssBytes: number | null; readonly cpuPercent: number | null }): void {
    this.#hosts.get(name)?.setUsage(usage);
  }

  /** Whether any has a limit that measurements keep. */
  get limitMemory(): boolean {
    for (const { config } of this.#hosts.values()) if (config.memoryBytes !== undefined) return true;
    return false;
  }

  /** The machine slept, or is about to. */
  grantFreshLimit(): void {
    for (const host of this.#hosts.values()) host.grantFreshLimit();
  }

  get requiredRunning(): boolean {
    return [...this.#hosts.values()].every((host) => !host.config.required || host.running);
  }

  /** Each waits by itself for what it depends on. */
  start(): void {
    this.#started = true;
    this.#offRedis = this.#options.redis.onChange(() => this.#moved('redis', this.#options.redis.view().state === 'running'));
    for (const host of this.#hosts.values()) host.process.start();
  }

  /** Dependents first. Graces are cut to what is left of `budgetMs`; `hurry` cuts them to nothing. */
  async stop(why: string, budgetMs: number, hurry?: AbortSignal): Promise<void> {
    this.#stopping = true;
    this.#offRedis?.();
    const { clock } = this.#options;
    const end = clock.monoMs() + budgetMs;
    const downs = new Map<string, Promise<void>>();
    const down = (name: string): Promise<void> => {
      const known = downs.get(name);
      if (known !== undefined) return known;
      const host = this.#hosts.get(name);
      const made = Promise.all(this.#dependents(name).map(down)).then(() => host?.retire(why, Math.max(leastGraceMs, end - clock.monoMs())));
      downs.set(name, made);
      return made;
    };
    const onHurry = (): void => {
      for (const host of this.#hosts.values()) void host.retire(why, leastGraceMs);
    };
    hurry?.addEventListener('abort', onHurry, { once: true });
    if (hurry?.aborted === true) onHurry();
    await Promise.all([...this.#hosts.keys()].map(down));
    hurry?.removeEventListener('abort', onHurry);
  }

  /** Follows a new config: what is new starts, what is gone stops, what changed is replaced; the rest is not touched. One change at a time. */
  apply(services: ReadonlyMap<string, PlacedService>): Promise<void> {
    this.#applying = this.#applying
      .then(() => this.#follow(services))
      .catch((error) => this.#options.log.error('services could not follow the config', { error }));
    return this.#applying;
  }

  async #follow(services: ReadonlyMap<string, PlacedService>): Promise<void> {
    const old = [...this.#hosts.values()].filter((host) => {
      const now = services.get(host.name);
      return now === undefined || !isDeepStrictEqual({ config: host.config, cwd: host.cwd }, now);
    });
    await Promise.all(old.map((host) => this.#replace(host, services.get(host.name))));
    for (const [name, service] of services) {
      if (this.#hosts.has(name) || this.#stopping) continue;
      const host = this.#build(name, service);
      if (this.#started) host.process.start();
    }
    this.#changes.emit();
  }

  async #replace(host: ServiceHost, now: PlacedService | undefined): Promise<void> {
    const { state, lastExit } = host.view();
    const stoppedByHand = state === 'stopped' && lastExit?.cause === 'deliberate';
    await host.retire(now === undefined ? 'the config no longer names it' : 'its settings have changed');
    if (this.#stopping) return;
    this.#hosts.delete(host.name);
    this.#wasUp.delete(host.name);
    if (now === undefined) return this.#options.launcher.forget(host.name);
    const next = this.#build(host.name, now, host.view().lastExit);
    // What a person stopped stays stopped, whatever its settings are.
    if (this.#started && !stoppedByHand) next.process.start();
  }

  #build(name: string, service: PlacedService, lastExit: ExitView | null = null): ServiceHost {
    const { launcher, clock, random, log, limits, budget, book } = this.#options;
    const host: ServiceHost = new ServiceHost({
      name,
      ...service,
      launcher,
      run: this.#options.run(name, service),
      clock,
      random,
      log,
      ...(limits === undefined ? {} : { limits }),
      ...(budget === undefined ? {} : { budget }),
      ...(book === undefined ? {} : { record: book.of(name, lastExit) }),
      waitForDependencies: (signal, waiting) => this.#waitFor(service.config, signal, waiting),
      onEvent: (event) => this.#events.emit(event),
    });
    this.#hosts.set(name, host);
    host.onChange(() => this.#moved(name, host.running));
    return host;
  }

  async #waitFor({ dependsOn }: ServiceConfig, signal: AbortSignal, waiting: (names: readonly string[]) => void): Promise<void> {
    let told = '';
    for (;;) {
      const missing = Object.entries(dependsOn).filter(([name, condition]) => !this.#meets(name, condition));
      if (missing.length === 0) return;
      const names = missing.map(([name, condition]) => `${name} (${condition})`);
      if (told !== names.join()) {
        told = names.join();
        const changed = nextEvent(this.#changes, signal);
        waiting(names);
        await changed;
      } else await nextEvent(this.#changes, signal);
    }
  }

  #meets(name: string, condition: Condition): boolean {
    if (name === 'redis') {
      const { state, pid } = this.#options.redis.view();
      return state === 'running' || (condition === 'started' && pid !== null);
    }
    const host = this.#hosts.get(name);
    if (host === undefined) return false;
    if (condition === 'started') return host.process.current !== null;
    return condition === 'ready' ? host.running : host.healthy;
  }

  /** Somebody came up or went down: whoever waits looks again, and whoever is bound to it is started anew. */
  #moved(name: string, up: boolean): void {
    const fell = this.#wasUp.has(name) && !up;
    if (up) this.#wasUp.add(name);
    else this.#wasUp.delete(name);
    this.#changes.emit();
    if (!fell || this.#stopping) return;
    for (const dependent of this.#dependents(name)) {
      const host = this.#hosts.get(dependent);
      // One that is not spawned yet waits anyway.
      if (host?.config.restartWith === true && host.process.current !== null) host.process.condemn('recycled', `${name}, on which it depends, went down`);
    }
  }

  #dependents(name: string): string[] {
    return dependentsOf(
      name,
      [...this.#hosts].map(([service, host]) => [service, host.config] as const),
    );
  }
}
