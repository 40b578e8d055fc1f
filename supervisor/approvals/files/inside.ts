import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { RoostError } from '../../../contract/errors.js';
import { isDiskFull } from '../../../core/base/atomic-file.js';

/** Names of the folders and the file under `root` that an absolute path means. Throws `forbidden` when it leaves it. */
export function partsInside(root: string, path: string): readonly string[] {
  if (path.includes('\0') || path.length > 4_096) throw new RoostError('bad-request', 'path must be at most 4096 characters without NUL', { field: 'path' });
  const parts = relative(root, resolve(root, path)).split(sep);
  if (parts[0] === '' || parts[0] === '..' || resolve(root, ...parts) !== resolve(root, path) || !resolve(root, path).startsWith(join(root, sep)))
    throw new RoostError('forbidden', `${JSON.stringify(path.slice(0, 200))} is outside of the workspace ${root}`, { field: 'path' });
  return parts;
}

/** A folder held open: what is done at `at(name)` happens in this very folder, whatever its path means by then. */
export interface HeldFolder {
  at(name: string): string;
  close(): Promise<void>;
}

const folderFlags = constants.O_RDONLY | (constants.O_DIRECTORY ?? 0) | (constants.O_NOFOLLOW ?? 0);

/**
 * Walks down from `root` one opened folder at a time and follows no link, so that nobody can swap a folder
 * for a link between the check and the use. Linux reaches into an open folder by /proc/self/fd; elsewhere each
 * folder is compared with what was opened, which leaves a window of microseconds.
 */
export async function holdFolder(root: string, folders: readonly string[], create = false): Promise<HeldFolder> {
  let path = root;
  let held = await openFolder(root);
  for (const name of folders) {
    const next = join(at(held, path), name);
    path = join(path, name);
    try {
      if (create) await mkdir(next, { mode: 0o755 }).catch(unless('EEXIST'));
      const inner = await openFolder(next);
      await held.close();
      held = inner;
    } catch (error) {
      await held.close();
      throw refusal(error, path);
    }
  }
  return { at: (name) => join(at(held, path), name), close: () => held.close() };
}

const at = (handle: FileHandle, path: string): string => (process.platform === 'linux' ? `/proc/self/fd/${handle.fd}` : path);

async function openFolder(path: string): Promise<FileHandle> {
  const before = await lstat(path);
  // On Linux the path ends in a name inside of a held folder, and O_NOFOLLOW has the last word.
  if (before.isSymbolicLink()) throw Object.assign(new Error('a link'), { code: 'ELOOP' });
  const handle = await open(path, folderFlags);
  const found = await handle.stat();
  if (found.isDirectory() && found.dev === before.dev && found.ino === before.ino) return handle;
  await handle.close();
  throw Object.assign(new Error('not the folder that was looked at'), { code: found.isDirectory() ? 'ELOOP' : 'ENOTDIR' });
}

const unless =
  (...codes: readonly string[]) =>
  (error: NodeJS.ErrnoException): void => {
    if (!codes.includes(error.code ?? '')) throw error;
  };

/** What went wrong with a path, without more of the system's words than needed. */
export function refusal(error: unknown, path: string): RoostError {
  if (isDiskFull(error)) return new RoostError('disk-full', `${path} cannot be written: the disk is full`, { cause: error });
  if (error instanceof RoostError) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return new RoostError('not-found', `there is no ${path}`, { cause: error, field: 'path' });
  if (code === 'ELOOP') return new RoostError('forbidden', `${path} is a link: links are not followed`, { cause: error, field: 'path' });
  if (code === 'ENOTDIR' || code === 'EISDIR')
    return new RoostError('bad-request', `${path} is not what it should be (${code})`, { cause: error, field: 'path' });
  return new RoostError('agent-failed', `${path} cannot be used (${code ?? 'unknown'})`, { cause: error });
}
