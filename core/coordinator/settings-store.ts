import { RoostError } from '../../contract/errors.js';
import type { Redis } from '../redis/connection.js';
import type { Keys } from '../redis/keys.js';
import { patchScript, undoScript } from './arm-scripts.js';
import { type LiveChanges, parseChanges } from './live-settings.js';

/** Changes that can be taken back, one after the other. */
const mostUndo = 20;
const tries = 5;

export interface Settings {
  readonly version: number;
  readonly changes: LiveChanges;
}

/** Settings changed while running, in Redis: every writer sees what it changes, or is refused. */
export class SettingsStore {
  readonly #redis: Redis;
  readonly #keys: Keys;

  constructor(options: { readonly redis: Redis; readonly keys: Keys }) {
    this.#redis = options.redis;
    this.#keys = options.keys;
  }

  async read(): Promise<Settings> {
    const [version, json] = await this.#redis.hmget(this.#keys.armConfig, 'version', 'json');
    return { version: Number(version ?? 0), changes: parseChanges(json ?? '') };
  }

  /**
   * Changes the settings. With `expected` a change by somebody else since that version is a `conflict`; without it the
   * change is computed anew on what they left.
   */
  async change(expected: number | undefined, to: (now: Settings) => LiveChanges): Promise<Settings> {
    for (let attempt = 0; attempt < tries; attempt++) {
      const now = await this.read();
      if (expected !== undefined && expected !== now.version) throw conflict(expected, now.version);
      const changes = to(now);
      const keys = [this.#keys.armConfig, this.#keys.armConfigBefore];
      const version = now.version + 1;
      if ((await patchScript.run(this.#redis, keys, [now.version, version, JSON.stringify(changes), mostUndo])) === 1) return { version, changes };
    }
    throw new RoostError('conflict', 'The settings of the coordinator are being changed by others; try again.');
  }

  /** Takes the last change back; undefined when there is none. */
  async undo(): Promise<Settings | undefined> {
    for (let attempt = 0; attempt < tries; attempt++) {
      const { version } = await this.read();
      const [done, json] = (await undoScript.run(this.#redis, [this.#keys.armConfig, this.#keys.armConfigBefore], [version])) as [number, string?];
      if (done === 1) return undefined;
      if (done === 2) return { version: version + 1, changes: parseChanges(json ?? '') };
    }
    throw new RoostError('conflict', 'The settings of the coordinator are being changed by others; try again.');
  }
}

const conflict = (expected: number, now: number): RoostError =>
  new RoostError('conflict', `The settings have changed meanwhile: version ${expected} was expected, it is ${now}. Look again, then change.`, {
    field: 'version',
  });
