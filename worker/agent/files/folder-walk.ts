import type { Dirent } from 'node:fs';
import { lstat, readdir, realpath } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';

export interface WalkLimits {
  readonly maxEntries: number;
  readonly maxDepth: number;
}

export interface WalkedFile {
  readonly path: string;
  /** With forward slashes, below its root; the root's own name comes first when there are several. */
  readonly shown: string;
}

/** Folders that hold what programs made, not what people wrote. */
const skipped = new Set(['.git', '.hg', '.svn', 'node_modules', '__pycache__', '.venv', '.cache']);

/** Roots without doubles: a folder inside another one would be walked twice. Missing ones are left out. */
export async function existingRoots(folders: readonly string[]): Promise<{ readonly roots: readonly string[]; readonly missing: readonly string[] }> {
  const missing: string[] = [];
  const real: string[] = [];
  for (const folder of folders) {
    const path = await realpath(folder).catch(() => undefined);
    const isFolder =
      path !== undefined &&
      (await lstat(path).then(
        (stat) => stat.isDirectory(),
        () => false,
      ));
    if (isFolder) real.push(path);
    else missing.push(folder);
  }
  const unique = [...new Set(real)];
  return { roots: unique.filter((path) => !unique.some((other) => other !== path && path.startsWith(other.endsWith(sep) ? other : other + sep))), missing };
}

/**
 * Every regular file below `roots`, breadth first in name order. Symbolic links are never followed: nothing
 * outside of the roots is reachable. Ends early at the limits, which `onLimit` hears about.
 */
export async function* walk(roots: readonly string[], limits: WalkLimits, signal: AbortSignal, onLimit: () => void): AsyncGenerator<WalkedFile> {
  const pending = roots.map((root) => ({ path: root, shown: roots.length > 1 ? `${basename(root)}/` : '', depth: 0 }));
  let entries = 0;
  for (let folder = pending.shift(); folder !== undefined; folder = pending.shift()) {
    signal.throwIfAborted();
    const found: Dirent[] = await readdir(folder.path, { withFileTypes: true }).catch(() => []);
    for (const entry of found.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (++entries > limits.maxEntries) return onLimit();
      if (entry.isFile()) yield { path: join(folder.path, entry.name), shown: folder.shown + entry.name };
      else if (entry.isDirectory() && !skipped.has(entry.name)) {
        if (folder.depth + 1 > limits.maxDepth) onLimit();
        else pending.push({ path: join(folder.path, entry.name), shown: `${folder.shown}${entry.name}/`, depth: folder.depth + 1 });
      }
    }
  }
}
