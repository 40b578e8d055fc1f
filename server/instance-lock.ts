import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { RoostError } from '../contract/errors.js';
import { type Clock, sleep } from '../core/base/clock.js';
import type { Identity } from '../supervisor/process/types.js';

const ownerSchema = z.object({ pid: z.number().int().positive(), startedAt: z.string(), bootId: z.string(), nonce: z.string() });
type Owner = z.infer<typeof ownerSchema>;

/** Time for a rival that raced for the same stale lock to show itself. */
const settleMs = 50;
const maxTries = 20;

export interface InstanceLockOptions {
  readonly dataDir: string;
  /** Who this process is. */
  readonly self: Identity;
  /** Whether that very process (not just its pid) still lives. */
  readonly lives: (identity: Identity) => boolean;
  /** Different for every attempt. */
  readonly nonce: string;
  readonly clock: Clock;
}

/** `<data-dir>/lock`: one Roost per data directory, whichever door. A lock whose owner is gone is taken over. */
export class InstanceLock {
  readonly #options: InstanceLockOptions;
  readonly #path: string;

  constructor(options: InstanceLockOptions) {
    this.#options = options;
    this.#path = join(options.dataDir, 'lock');
  }

  /** Throws 'already-running' with the owner's pid in `details` when another Roost holds this directory. */
  async acquire(): Promise<void> {
    const { self, nonce, clock, lives } = this.#options;
    const draft = `${this.#path}.${nonce}`;
    let tookOver = false;
    await writeFile(draft, JSON.stringify({ ...self, nonce } satisfies Owner), { mode: 0o600, flag: 'wx' });
    try {
      for (let attempt = 0; attempt < maxTries; attempt++) {
        // A hard link appears with its content and only where nothing is: no reader ever sees an empty lock.
        if (await succeeds(link(draft, this.#path), 'EEXIST')) {
          if (tookOver) await sleep(clock, settleMs);
          if ((await readOwner(this.#path))?.nonce === nonce) return;
          continue;
        }
        const owner = await readOwner(this.#path);
        if (owner !== undefined && lives(owner))
          throw new RoostError('already-running', `Roost is already running with this data directory (pid ${owner.pid})`, { details: { pid: owner.pid } });
        tookOver = true;
        await this.#setAside(owner);
      }
      throw new RoostError('conflict', `the lock file ${this.#path} keeps changing: is something else writing it?`);
    } finally {
      await rm(draft, { force: true });
    }
  }

  /** Removes the lock only while it is ours. */
  async release(): Promise<void> {
    if ((await readOwner(this.#path))?.nonce === this.#options.nonce) await rm(this.#path, { force: true });
  }

  /** Moves a dead owner's lock away. Of several rivals one wins the rename; whoever moved a fresh lock by mistake puts it back. */
  async #setAside(expected: Owner | undefined): Promise<void> {
    const aside = `${this.#path}.${this.#options.nonce}.stale`;
    if (!(await succeeds(rename(this.#path, aside), 'ENOENT'))) return;
    const moved = await readOwner(aside);
    if (moved !== undefined && moved.nonce !== expected?.nonce) await succeeds(link(aside, this.#path), 'EEXIST');
    await rm(aside, { force: true });
  }
}

/** Undefined for a missing or broken file: nobody is named in it. */
async function readOwner(path: string): Promise<Owner | undefined> {
  try {
    const parsed = ownerSchema.safeParse(JSON.parse(await readFile(path, 'utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** False when it failed in the one expected way. */
async function succeeds(act: Promise<void>, expected: string): Promise<boolean> {
  try {
    await act;
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === expected) return false;
    throw error;
  }
}
