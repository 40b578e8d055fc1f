import { createHash } from 'node:crypto';
import { type FileHandle, lstat, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { SeenFile } from './directory-plan.js';
import { seenOf } from './folder-files.js';
import { isRotationOf } from './log-cursors.js';
import { problemOfFile } from './scan.js';

const tailBytes = 256;

/** A digest of the bytes before `offset`: whether a file still is what was read of it. */
export async function tailOf(handle: FileHandle, offset: number): Promise<string> {
  const length = Math.min(tailBytes, offset);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, offset - length);
  return createHash('sha256').update(buffer.subarray(0, bytesRead)).digest('hex').slice(0, 32);
}

/** Undefined while there is none: a log may come later. A link is not followed. */
export async function seen(path: string): Promise<SeenFile | undefined> {
  const found = await lstat(path, { bigint: true }).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw problemOfFile(error, path);
  });
  if (found === undefined) return undefined;
  if (!found.isFile()) throw problemOfFile(new Error('it is not a file (links are not followed)'), path);
  return seenOf(basename(path), found);
}

/** The files that a log may have been renamed to. */
export async function siblingsOf(path: string): Promise<SeenFile[]> {
  const folder = dirname(path);
  const names = await readdir(folder);
  const files: SeenFile[] = [];
  for (const name of names.filter((one) => isRotationOf(basename(path), one)).slice(0, 1_000)) {
    const found = await lstat(join(folder, name), { bigint: true }).catch(() => undefined);
    if (found?.isFile() === true) files.push(seenOf(name, found));
  }
  return files;
}
