import { execFile } from 'node:child_process';
import { join } from 'node:path';

/** It may ask a package manager about six packages. */
const answerMs = 20_000;

/** Runs the program that is built beside this one, with our own Node; an exit code above 0 is an answer, too. */
export function askConfigTool(args: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(import.meta.dirname, 'config-tool.js'), ...args],
      { timeout: answerMs, maxBuffer: 1024 ** 2, windowsHide: true, encoding: 'utf8' },
      (error, stdout) => resolve(error !== null && typeof error.code !== 'number' ? null : stdout),
    );
  });
}
