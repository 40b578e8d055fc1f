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
  const state = stateOf(pid);
  // Gone between the two looks, or no /proc here: the exit event or the first answer will tell.
  return state !== null && state !== 'Z' && state !== 'X';
}

/** Whether a signal or a debugger holds it: it would take a session and never answer. Only Linux tells this cheaply. */
export function pidStopped(pid: number): boolean {
  if (process.platform !== 'linux') return false;
  const state = stateOf(pid);
  return state === 'T' || state === 't';
}

function stateOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.charAt(stat.lastIndexOf(')') + 2);
  } catch {
    return null;
  }
}
