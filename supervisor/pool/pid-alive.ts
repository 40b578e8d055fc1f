import { readFileSync } from 'node:fs';

/**
 * Whether a pid still runs. A child killed a moment ago stays as a zombie until Node has collected
 * it, and a plain signal 0 would call that alive.
 */
export function pidAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  if (process.platform !== 'linux') return true;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const state = stat.charAt(stat.lastIndexOf(')') + 2);
    return state !== 'Z' && state !== 'X';
  } catch {
    // Gone between the two looks, or no /proc here: the exit event or the first answer will tell.
    return false;
  }
}
