import { constants } from 'node:fs';
import { access, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

const noRight = new Set(['EACCES', 'EPERM', 'EROFS']);

/** True for an error that says that we may not, whatever it was. */
export const isForbidden = (error: unknown): boolean => noRight.has((error as NodeJS.ErrnoException).code ?? '');

/** Who may not do what, whose it is and what to do about it; `path` as far as it can be looked at. */
export async function foreignSentence(path: string): Promise<string> {
  const us = process.getuid?.();
  const owner = await stat(path).then(
    ({ uid }) => uid,
    () => undefined,
  );
  if (us === undefined || owner === undefined || owner === us) return `${path} may not be read and written by the account that Roost runs as`;
  return `${path} belongs to user ${owner} and may not be used by user ${us}, as whom Roost runs: give it back (chown -R ${us} ${path}), or start Roost as its owner`;
}

/**
 * What is wrong with the rights of a file or folder, and of all in it down to so many levels; null when all may be read and
 * written, or it is not there. What a program would take for missing is told apart from it here.
 */
export async function foreignIn(path: string, levels: number): Promise<string | null> {
  try {
    const directory = (await stat(path)).isDirectory();
    await access(path, constants.R_OK | constants.W_OK | (directory ? constants.X_OK : 0));
    if (!directory || levels === 0) return null;
    for (const name of await readdir(path)) {
      const found = await foreignIn(join(path, name), levels - 1);
      if (found !== null) return found;
    }
    return null;
  } catch (error) {
    return isForbidden(error) ? foreignSentence(path) : null;
  }
}
