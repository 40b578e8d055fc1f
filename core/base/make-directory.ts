import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';

/** Makes a directory and those above it. Node's own `recursive` turns in circles for ever where the system says ENOENT although the parent is there (/proc). */
export async function makeDirectory(path: string, mode = 0o700): Promise<void> {
  try {
    await make(path, mode);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
    await makeDirectory(dirname(path), mode);
    await make(path, mode);
  }
}

/** One that is there already is as good; a file in its place is not. */
async function make(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST' || !(await stat(path)).isDirectory()) throw error;
  }
}
