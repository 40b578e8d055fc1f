import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Makes a directory and those above it. Node's own `recursive` turns in circles for ever where the system says ENOENT although the parent is there (/proc). */
export async function makeDirectory(path: string, mode = 0o700): Promise<void> {
  const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';
  try {
    await mkdir(path, { mode });
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return;
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
    await makeDirectory(dirname(path), mode);
    await mkdir(path, { mode }).catch((again: unknown) => {
      if (codeOf(again) !== 'EEXIST') throw again;
    });
  }
}
