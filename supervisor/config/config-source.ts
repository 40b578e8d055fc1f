import { realpath, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Config } from '../../contract/config.js';
import { RoostError } from '../../contract/errors.js';
import { keepCopy, removeStaleTemporariesOf, writeFileAtomic } from '../../core/base/atomic-file.js';
import { type Clock, sleep } from '../../core/base/clock.js';
import { Emitter } from '../../core/base/emitter.js';
import type { Log } from '../../core/base/log.js';
import { Scope } from '../../core/base/scope.js';
import { type ConfigAccess, closeAccess } from './config-access.js';
import { type ConfigDiff, configDiff, effective } from './config-diff.js';
import { copiesOf, hashOf, keepBad, markOf, missing, readText, unwritable } from './config-file.js';
import { type FirstConfig, firstConfig, sentenceOf } from './first-config.js';
import { liveConfig } from './live-config.js';
import { applyEnvironment, type Environment, parseConfig } from './load-config.js';

export interface ConfigSourceOptions {
  readonly dataDir: string;
  /** Undefined: `roost.yaml` in the data directory, which may be missing. */
  readonly configFile: string | undefined;
  readonly env: Environment;
  readonly clock: Clock;
  readonly log: Log;
  readonly pollMs?: number;
  readonly settleMs?: number;
}

export interface ConfigChange {
  readonly diff: ConfigDiff;
  readonly config: Config;
  /** The file had been unusable before. */
  readonly repaired: boolean;
}

/** The config in force: read at the start, followed while Roost runs, the last good one whenever the file is bad. */
export class ConfigSource {
  readonly file: string;
  /** The same settings as an object that never goes stale: each section is looked up when it is read. */
  readonly live: Config;
  readonly #options: ConfigSourceOptions;
  readonly #scope: Scope;
  readonly #changes: Emitter<ConfigChange>;
  readonly #problems: Emitter<string>;
  readonly #warnings: Emitter<string>;
  #current: Config;
  /** As the file says, also where only a restart can follow. */
  #wished: Config;
  #problem: string | null;
  #mark: string;
  #hash: string;
  /** Of the file that is in force. */
  #text: string;
  #editing: Promise<unknown> = Promise.resolve();
  #access: ConfigAccess;

  private constructor(options: ConfigSourceOptions, file: string, first: FirstConfig) {
    const { clock, log } = options;
    this.#options = options;
    this.file = file;
    this.#current = first.config;
    this.#wished = first.config;
    this.#problem = first.problem;
    this.#mark = first.mark;
    this.#hash = first.hash;
    this.#text = first.text;
    this.#access = first.access;
    this.#scope = new Scope(clock, (step, error) => log.warn('the config could not be looked at', { step, error }));
    const onError = (error: unknown): void => log.error('a listener to the config failed', { error });
    this.#changes = new Emitter(onError);
    this.#problems = new Emitter(onError);
    this.#warnings = new Emitter(onError);
    this.live = liveConfig(() => this.#current);
  }

  /** Throws RoostError `config-invalid` when the file is bad and there is no good one from an earlier run to go on with. */
  static async open(options: ConfigSourceOptions): Promise<ConfigSource> {
    const file = options.configFile ?? join(options.dataDir, 'roost.yaml');
    await removeStaleTemporariesOf(await realpath(file).catch(() => resolve(file)));
    return new ConfigSource(options, file, await firstConfig(options, file));
  }

  get current(): Config {
    return this.#current;
  }

  /** Why the file cannot be used; null while it is the one in force. */
  get problem(): string | null {
    return this.#problem;
  }

  /** Who else could write the file, in this run. */
  get access(): ConfigAccess {
    return this.#access;
  }

  /** As it stands in the file that is in force; empty where there is none. */
  get text(): string {
    return this.#text;
  }

  /**
   * Changes the file as a person would, and takes the change over at once. The new text is checked whole before it is
   * written and read back before it counts; the old one is among the copies. Throws `config-invalid` with the reason, or
   * `conflict` when somebody else is writing.
   */
  edit(change: (text: string) => string): Promise<void> {
    const done = this.#editing.then(() => this.#edit(change));
    this.#editing = done.catch(() => undefined);
    return done;
  }

  onChange(listener: (change: ConfigChange) => void): () => void {
    return this.#changes.on(listener);
  }

  /** Told when others could write the file: what was done about it, or what a person has to do. */
  onWarning(listener: (warning: string) => void): () => void {
    return this.#warnings.on(listener);
  }

  onProblem(listener: (problem: string) => void): () => void {
    return this.#problems.on(listener);
  }

  start(): void {
    this.#scope.every('poll', this.#options.pollMs ?? 2_000, () => this.look());
  }

  async stop(): Promise<void> {
    await this.#scope.close();
  }

  /** One look at the file. By its dates and size first: most looks end there. */
  async look(): Promise<void> {
    const { clock, settleMs = 300, env } = this.#options;
    if ((await markOf(this.file)) === this.#mark) return;
    await this.#close();
    const mark = await markOf(this.file);
    if (mark !== missing) {
      // Somebody may be writing it this very moment: half a file can be a valid config.
      await sleep(clock, settleMs, this.#scope.signal).catch(() => undefined);
      if ((await markOf(this.file)) !== mark || this.#scope.closed) return;
    }
    if (mark === missing) {
      this.#mark = mark;
      this.#hash = missing;
      return this.#refused(`${this.file} is gone`);
    }
    let text = '';
    let config: Config;
    try {
      text = await readText(this.file);
      if ((await markOf(this.file)) !== mark) return;
      this.#mark = mark;
      const hash = hashOf(text);
      if (hash === this.#hash) return;
      this.#hash = hash;
      config = applyEnvironment(parseConfig(text, this.file, env), env);
    } catch (error) {
      this.#mark = mark;
      if (text !== '') await keepBad(this.#options, this.file, text);
      return this.#refused(sentenceOf(error));
    }
    await keepCopy(copiesOf(this.#options, this.file), text, clock.wallMs()).catch((error) =>
      this.#options.log.warn('the config could not be copied', { error }),
    );
    this.#take(config, text);
  }

  async #close(): Promise<void> {
    const { mended, exposed } = await closeAccess(this.file);
    const news = mended ?? (exposed === this.#access.exposed ? null : exposed);
    // What was mended once stays worth a look for the rest of the run.
    this.#access = { mended: mended ?? this.#access.mended, exposed };
    if (news !== null) this.#warnings.emit(news);
  }

  async #edit(change: (text: string) => string): Promise<void> {
    const { env, clock, log } = this.#options;
    if (this.#problem !== null) throw new RoostError('config-invalid', `The config file is not in order and cannot be edited from here: ${this.#problem}`);
    const exists = (await markOf(this.file)) !== missing;
    const before = exists ? await readText(this.file) : '';
    const text = change(before);
    if (text === before) return;
    const config = applyEnvironment(parseConfig(text, this.file, env), env);
    // A link stays a link, and whoever may read the file still may.
    const path = exists ? await realpath(this.file) : this.file;
    const mode = exists ? (await stat(path)).mode & 0o755 : 0o600;
    if (exists) await keepCopy(copiesOf(this.#options, this.file), before, clock.wallMs()).catch(unwritable(path));
    if (exists && (await readText(this.file)) !== before)
      throw new RoostError('conflict', 'The config file was changed by somebody else this very moment; look at it again.');
    await writeFileAtomic({ path, text, mode }).catch(unwritable(path));
    this.#mark = await markOf(this.file);
    this.#hash = hashOf(text);
    await keepCopy(copiesOf(this.#options, this.file), text, clock.wallMs()).catch((error) => log.warn('the config could not be copied', { error }));
    this.#take(config, text);
  }

  #take(config: Config, text: string): void {
    this.#text = text;
    const next = effective(this.#current, config);
    const { needsRestart } = configDiff(this.#wished, config);
    const diff = { ...configDiff(this.#current, next), needsRestart };
    const repaired = this.#problem !== null;
    this.#problem = null;
    this.#wished = config;
    this.#current = next;
    this.#changes.emit({ diff, config: next, repaired });
  }

  #refused(problem: string): void {
    this.#problem = problem;
    this.#options.log.warn('the config cannot be used, the last good one stays in force', { problem });
    this.#problems.emit(problem);
  }
}
