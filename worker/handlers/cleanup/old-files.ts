import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Freed } from './old-sessions.js';

export interface FileSweep {
  readonly folder: string;
  readonly olderThanMs: number;
  readonly nowMs: number;
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  /** Names in use, which stay whatever their age. */
  readonly inUse: ReadonlySet<string>;
  /** Only names like these are ours. */
  readonly ours: RegExp;
}

const maxEntries = 20_000;

interface Measure {
  readonly bytes: number;
  readonly newestMs: number;
  readonly entries: number;
}

/** Never follows a link: what it points to is not ours. */
async function measure(path: string, left: number): Promise<Measure> {
  const stat = await lstat(path);
  let [bytes, newestMs, entries] = [stat.isFile() ? stat.size : 0, stat.mtimeMs, 1];
  if (!stat.isDirectory()) return { bytes, newestMs, entries };
  for (const name of await readdir(path)) {
    if (entries >= left) return { bytes, newestMs: Number.POSITIVE_INFINITY, entries };
    const inner = await measure(join(path, name), left - entries);
    bytes += inner.bytes;
    entries += inner.entries;
    newestMs = Math.max(newestMs, inner.newestMs);
  }
  return { bytes, newestMs, entries };
}

/** Workspaces of agents that are gone, in which nothing was touched for longer than the limit. */
export async function sweepFolders(sweep: FileSweep): Promise<Freed> {
  let [count, bytes] = [0, 0];
  const names = await readdir(sweep.folder).catch(() => []);
  for (const name of names) {
    sweep.signal.throwIfAborted();
    if (sweep.inUse.has(name) || !sweep.ours.test(name)) continue;
    const path = join(sweep.folder, name);
    const found = await measure(path, maxEntries).catch(() => undefined);
    if (found === undefined || sweep.nowMs - found.newestMs < sweep.olderThanMs) continue;
    if (!sweep.dryRun) await rm(path, { recursive: true, force: true });
    count += 1;
    bytes += found.bytes;
  }
  return { what: 'workspaces of agents that are gone', count, bytes };
}
