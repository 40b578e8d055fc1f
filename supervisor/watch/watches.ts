import { isAbsolute, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { WatchConfig } from '../../contract/config.js';
import type { WatchView } from '../../contract/watch.js';
import { Scope } from '../../core/base/scope.js';
import { OneWatch, type OneWatchOptions, type WatchDesk } from './one-watch.js';

export interface WatchesOptions extends Pick<OneWatchOptions, 'queueOf' | 'tell' | 'dataDir' | 'node' | 'keys' | 'clock' | 'log'> {
  /** As they are now: an edit of the config is followed within a second. */
  settings(): Readonly<Record<string, WatchConfig>>;
  /** Relative paths are relative to it. */
  folder(): string;
  /** Undefined while Redis does not serve. */
  desk(): WatchDesk | undefined;
  /** While it is, nothing is taken in. */
  held(): boolean;
  /** After a look that found something else than the one before; at most once a second. */
  changed(views: readonly WatchView[]): void;
}

const tickMs = 250;
const tellEveryMs = 1_000;

/** All drop folders: each is looked at in its own time, and a slow one holds nobody else. */
export class Watches {
  readonly #options: WatchesOptions;
  readonly #scope: Scope;
  readonly #watches = new Map<string, OneWatch>();
  #settings: Readonly<Record<string, WatchConfig>> = {};
  #told: readonly WatchView[] = [];
  /** Runs while there is a folder to look at. */
  #look: Scope | undefined;

  constructor(options: WatchesOptions) {
    this.#options = options;
    this.#scope = this.#newScope();
  }

  start(): void {
    this.#scope.add('look', () => this.#look?.close());
    this.#scope.every('tell', tellEveryMs, () => {
      this.#reconcile();
      this.#tell();
    });
    this.#reconcile();
  }

  views(): WatchView[] {
    return [...this.#watches.values()].map((watch) => watch.view());
  }

  async stop(): Promise<void> {
    await this.#scope.close(500);
    await Promise.all([...this.#watches.values()].map((watch) => watch.stop()));
  }

  #newScope(): Scope {
    return new Scope(this.#options.clock, (step, error) => this.#options.log.error('the drop folders failed in a step', { step, error }));
  }

  #attend(): void {
    if (this.#watches.size === 0) {
      void this.#look?.close();
      this.#look = undefined;
    } else if (this.#look === undefined) {
      this.#look = this.#newScope();
      this.#look.every('look', tickMs, () => this.#tick());
    }
  }

  #tell(): void {
    const views = this.views();
    if (isDeepStrictEqual(views, this.#told)) return;
    this.#told = views;
    this.#options.changed(views);
  }

  #tick(): void {
    const desk = this.#options.desk();
    const held = this.#options.held();
    for (const watch of this.#watches.values()) watch.look(desk, held);
  }

  #reconcile(): void {
    const { settings, folder } = this.#options;
    const wanted = settings();
    if (wanted === this.#settings) return;
    this.#settings = wanted;
    for (const [name, watch] of this.#watches) {
      if (isDeepStrictEqual(wanted[name], watch.config)) continue;
      void watch.stop();
      this.#watches.delete(name);
    }
    for (const [name, config] of Object.entries(wanted)) {
      if (this.#watches.has(name)) continue;
      const path = isAbsolute(config.path) ? config.path : join(folder(), config.path);
      this.#watches.set(name, new OneWatch({ ...this.#options, name, config, path }));
    }
    this.#attend();
  }
}
