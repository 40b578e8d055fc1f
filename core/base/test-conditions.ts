import { appendFileSync } from 'node:fs';

/**
 * For `runIf`: whether a test can run here. One that cannot is told with its reason, on the console at once and once more behind
 * the other results of `npm test`, which gathers them in the file named by `ROOST_LEFT_OUT`.
 */
export function here(holds: boolean, otherwise: string): boolean {
  if (!holds) {
    process.stderr.write(`left out here: ${otherwise}\n`);
    const file = process.env['ROOST_LEFT_OUT'];
    if (file !== undefined) appendFileSync(file, `${otherwise}\n`);
  }
  return holds;
}

export const onLinux = (what: string): boolean => here(process.platform === 'linux', `${what}: only on Linux, this is ${process.platform}`);
export const notOnWindows = (what: string): boolean => here(process.platform !== 'win32', `${what}: not on Windows`);
