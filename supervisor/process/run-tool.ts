import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { toolEnvironment } from './child-environment.js';

const limits = { timeout: 5_000, maxBuffer: 8 * 1024 * 1024, windowsHide: true } as const;

/** Output of a small system tool, or null when it is missing, fails or takes longer than 5 s. */
export function runTool(file: string, args: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    try {
      execFile(file, [...args], { ...limits, env: toolEnvironment() }, (error, stdout) => resolve(error === null ? stdout : null));
    } catch {
      // Out of file descriptors or processes: the same answer as a tool that fails.
      resolve(null);
    }
  });
}

/** As runTool, for the few places that must know before they return. */
export function runToolNow(file: string, args: readonly string[]): string | null {
  try {
    return execFileSync(file, [...args], { ...limits, env: toolEnvironment(), encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    // Missing, failed or too slow: all mean "not known".
    return null;
  }
}

/** Exit code of a tool, or null when it could not run. */
export function toolCodeNow(file: string, args: readonly string[]): number | null {
  return spawnSync(file, [...args], { ...limits, env: toolEnvironment(), stdio: 'ignore' }).status;
}
