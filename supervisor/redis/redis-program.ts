import type { Config } from '../../contract/config.js';
import { RoostError } from '../../contract/errors.js';
import { runTool } from '../process/run-tool.js';
import { type Found, type LocateOptions, locate } from './locate.js';
import { askGate } from './version-gate.js';

interface RedisProgramOptions {
  readonly locate: LocateOptions;
  readonly config: Partial<Pick<Config['redis'], 'allowOutdated'>>;
}

/** The server's program on this machine: where it is, and whether its version may be used. */
export class RedisProgram {
  readonly #options: RedisProgramOptions;
  #found: Found | undefined;
  #path: string | undefined;
  #passed: string | undefined;
  #versionNote: string | null = null;

  constructor(options: RedisProgramOptions) {
    this.#options = options;
  }

  /** Once it was found. */
  get path(): string | undefined {
    return this.#path;
  }

  /** What a person should know about its version. */
  get versionNote(): string | null {
    return this.#versionNote;
  }

  /** Throws a RoostError where there is none, or where it has holes that are worse than no Redis. */
  async find(): Promise<Found> {
    this.#found ??= await locate(this.#options.locate, async (path) => (await runTool(path, ['--version'])) ?? '');
    this.#path = this.#found.path;
    await this.#passGate(this.#found);
    return this.#found;
  }

  /** It is looked for again at the next start. */
  forget(): void {
    this.#found = undefined;
  }

  /** Once per program: asking a package manager takes longer than a restart may. */
  async #passGate(found: Found): Promise<void> {
    const mark = `${found.path} ${found.version.join('.')}`;
    if (this.#passed === mark) return;
    const gate = await askGate(found, this.#options.config.allowOutdated ?? false, runTool);
    if (gate.kind === 'shut') throw new RoostError('redis-failed', gate.message, { field: 'redis.allowOutdated', details: { cause: 'config' } });
    this.#passed = mark;
    this.#versionNote = gate.note;
  }
}
