import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../contract/config.js';
import { RoostError } from '../../contract/errors.js';
import { keepCopy, listCopies, writeFileAtomic } from '../../core/base/atomic-file.js';
import { type Clock, sleep } from '../../core/base/clock.js';
import { Emitter } from '../../core/base/emitter.js';
import type { Log } from '../../core/base/log.js';
import { Scope } from '../../core/base/scope.js';
import { type ConfigDiff, configDiff, effective } from './config-diff.js';
import { copiesOf, hashOf, keepBad, lastGood, markOf, missing, readText } from './config-file.js';
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
  #current: Config;
  /** As the file says, also where only a restart can follow. */
  #wished: Config;
  #problem: string | null;
  #mark: string;
  #hash: string;
  /** Of the file that is in force. */
  #text: string;
  #editing: Promise<unknown> = Promise.resolve();

  private constructor(options: ConfigSourceOptions, file: string, first: Loaded) {
    const { clock, log } = options;
    this.#options = options;
    this.file = file;
    this.#current = first.config;
    this.#wished = first.config;
    this.#problem = first.problem;
    this.#mark = first.mark;
    this.#hash = first.hash;
    this.#text = first.text;
    this.#scope = new Scope(clock, (step, error) => log.warn('the config could not be looked at', { step, error }));
    const onError = (error: unknown): void => log.error('a listener to the config failed', { error });
    this.#changes = new Emitter(onError);
    this.#problems = new Emitter(onError);
    this.live = liveConfig(() => this.#current);
  }

  /** Throws RoostError `config-invalid` when the file is bad and there is no good one from an earlier run to go on with. */
  static async open(options: ConfigSourceOptions): Promise<ConfigSource> {
    const { dataDir, configFile, env, clock } = options;
    const file = configFile ?? join(dataDir, 'roost.yaml');
    const mark = await markOf(file);
    if (mark === missing) {
      if (configFile !== undefined) throw new RoostError('config-invalid', `There is no config file at ${file}.`);
      return new ConfigSource(options, file, { config: applyEnvironment(parseConfig('', file, env), env), problem: null, mark, hash: missing, text: '' });
    }
    const text = await readText(file);
    const hash = hashOf(text);
    try {
      const config = applyEnvironment(parseConfig(text, file, env), env);
      await keepCopy(copiesOf(options, file), text, clock.wallMs()).catch((error) => options.log.warn('the config could not be copied', { error }));
      return new ConfigSource(options, file, { config, problem: null, mark, hash, text });
    } catch (error) {
      const config = await lastGood(options, file);
      await keepBad(options, file, text);
      if (config !== undefined) return new ConfigSource(options, file, { config, problem: sentenceOf(error), mark, hash, text: '' });
      // It worked once: going on with the defaults keeps what is stored reachable. A first start with a mistake is for its author to see at once.
      const copies = (await listCopies(copiesOf(options, file))).length;
      if (copies === 0) throw error;
      const problem = `${sentenceOf(error)} None of the ${copies} kept copies can be used either: Roost goes on with its defaults and leaves the file as it is.`;
      return new ConfigSource(options, file, { config: applyEnvironment(parseConfig('', file, env), env), problem, mark, hash, text: '' });
    }
  }

  get current(): Config {
    return this.#current;
  }

  /** Why the file cannot be used; null while it is the one in force. */
  get problem(): string | null {
    return this.#problem;
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
    const mark = await markOf(this.file);
    if (mark === this.#mark) return;
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

  async #edit(change: (text: string) => string): Promise<void> {
    const { env, clock, log } = this.#options;
    if (this.#problem !== null) throw new RoostError('config-invalid', `The config file is not in order and cannot be edited from here: ${this.#problem}`);
    const exists = (await markOf(this.file)) !== missing;
    const before = exists ? await readText(this.file) : '';
    const text = change(before);
    if (text === before) return;
    const config = applyEnvironment(parseConfig(text, this.file, env), env);
    if (exists) await keepCopy(copiesOf(this.#options, this.file), before, clock.wallMs());
    // A link stays a link, and whoever may read the file still may.
    const path = exists ? await realpath(this.file) : this.file;
    const mode = exists ? (await stat(path)).mode & 0o777 : 0o600;
    if (exists && (await readText(this.file)) !== before)
      throw new RoostError('conflict', 'The config file was changed by somebody else this very moment; look at it again.');
    await writeFileAtomic({ path, text, mode });
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

interface Loaded {
  readonly config: Config;
  readonly problem: string | null;
  readonly mark: string;
  readonly hash: string;
  readonly text: string;
}

const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Every section as a getter: whoever holds this object reads the present value without asking for it. */
function liveConfig(current: () => Config): Config {
  const live = {};
  for (const section of Object.keys(current())) {
    Object.defineProperty(live, section, { enumerable: true, get: () => current()[section as keyof Config] });
  }
  return live as Config;
}
