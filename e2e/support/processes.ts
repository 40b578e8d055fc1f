import { readdirSync, readFileSync, rmSync } from 'node:fs';

/** True while a pid is a living process (a zombie is not one). */
export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  if (process.platform !== 'linux') return true;
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** Every living process whose environment or command line holds `text`: how a leftover of one data directory is found. */
export function processesHolding(text: string): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => ['environ', 'cmdline'].some((file) => read(`/proc/${pid}/${file}`).includes(text)))
    .map(Number)
    .filter(alive);
}

/** Everything below `pid`, whatever its environment says. */
export function descendants(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // It ended while we looked.
    }
  }
  const below = new Set([pid]);
  for (let size = 0; size !== below.size; ) {
    size = below.size;
    for (const [child, parent] of parents) if (below.has(parent)) below.add(child);
  }
  below.delete(pid);
  return [...below];
}

/** The one process that Roost keeps ready for its next start. */
export const standsBy = (pid: number): boolean => read(`/proc/${pid}/cmdline`).endsWith('\0roost-standby\0');

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

/** A directory with all that is in it; a child on its way out may still write. */
export const takeAway = (path: string): void => rmSync(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });

/** Polls until `probe` gives a value that is neither undefined nor false; fails with `what` at the deadline. */
export async function until<T>(what: string, probe: () => Promise<T | undefined | false> | T | undefined | false, deadlineMs = 30_000): Promise<T> {
  const end = performance.now() + deadlineMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await probe();
      if (value !== undefined && value !== false) return value as T;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) throw new Error(`waited ${deadlineMs} ms in vain: ${what}${last === undefined ? '' : ` (${(last as Error).message})`}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
