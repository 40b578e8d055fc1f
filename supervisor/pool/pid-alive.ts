import { closeSync, openSync, readSync } from 'node:fs';

/** `stopped`: a signal or a debugger holds it, so that it would take a session and never answer. */
export type PidState = 'running' | 'stopped' | 'gone';

const buffer = Buffer.allocUnsafeSlow(1_024);

/**
 * What a pid is at this moment. A child killed a moment ago stays as a zombie until Node has collected
 * it, and a plain signal 0 would call that alive. Elsewhere than on Linux nobody tells cheaply whether
 * it is stopped.
 */
export function pidState(pid: number): PidState {
  if (process.platform !== 'linux') return signalled(pid);
  const state = stateOf(pid);
  if (state === 'T' || state === 't') return 'stopped';
  // Null: gone, or no /proc here; then the exit event or the first answer will tell.
  return state === null || state === 'Z' || state === 'X' ? 'gone' : 'running';
}

export const pidAlive = (pid: number): boolean => pidState(pid) !== 'gone';

function signalled(pid: number): PidState {
  try {
    process.kill(pid, 0);
    return 'running';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? 'running' : 'gone';
  }
}

/** Read into one buffer: every hand-out looks here. */
function stateOf(pid: number): string | null {
  let file: number | undefined;
  try {
    file = openSync(`/proc/${pid}/stat`, 'r');
    const length = readSync(file, buffer, 0, buffer.length, null);
    const nameEnd = buffer.lastIndexOf(0x29, length - 1);
    return nameEnd < 0 ? null : String.fromCharCode(buffer[nameEnd + 2] ?? 0);
  } catch {
    return null;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
