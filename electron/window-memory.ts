import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../core/base/log.js';
import { freshMemory, type WindowMemory, windowMemorySchema } from './window-bounds.js';

/** How the window was left, kept in the data directory. A broken or missing file means a first start; it is never worth an error. */
export class WindowMemoryFile {
  readonly #file: string;
  readonly #log: Log;
  #memory: WindowMemory | undefined;

  constructor(options: { readonly dataDir: string; readonly log: Log }) {
    this.#file = join(options.dataDir, 'window.json');
    this.#log = options.log;
  }

  get value(): WindowMemory {
    this.#memory ??= this.#read();
    return this.#memory;
  }

  remember(change: Partial<WindowMemory>): void {
    this.#memory = { ...this.value, ...change };
    try {
      writeFileSync(`${this.#file}.tmp`, JSON.stringify(this.#memory), { mode: 0o600 });
      renameSync(`${this.#file}.tmp`, this.#file);
    } catch (error) {
      this.#log.warn('the place of the window could not be kept', { error });
    }
  }

  #read(): WindowMemory {
    try {
      return windowMemorySchema.parse(JSON.parse(readFileSync(this.#file, 'utf8')));
    } catch {
      return freshMemory;
    }
  }
}
