import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { RoostError } from '../../contract/errors.js';
import { type Clock, sleep, systemClock } from './clock.js';

/** What a write needs of the file system; a test hands in one that fails where it likes. */
export interface FileSystem {
  open(path: string, flags: string, mode?: number): Promise<Pick<FileHandle, 'writeFile' | 'stat' | 'sync' | 'close'>>;
  readFile(path: string): Promise<Buffer>;
  rename(from: string, to: string): Promise<void>;
  rm(path: string): Promise<void>;
  readdir(path: string): Promise<string[]>;
  mkdir(path: string): Promise<void>;
}

export const realFiles: FileSystem = {
  open,
  readFile: (path) => readFile(path),
  rename,
  rm: (path) => rm(path, { force: true }),
  readdir,
  mkdir: async (path) => void (await mkdir(path, { recursive: true, mode: 0o700 })),
};

export interface AtomicWrite {
  readonly path: string;
  readonly text: string | Buffer;
  /** Throws when the text that was read back is not what it must be. */
  readonly verify?: (text: string) => void;
  readonly mode?: number;
  readonly files?: FileSystem;
  readonly clock?: Clock;
}

/** No room, or no more of it for this account. */
export const isDiskFull = (error: unknown): boolean => ['ENOSPC', 'EDQUOT', 'disk-full'].includes((error as NodeJS.ErrnoException | null)?.code ?? '');

/** Virus scanners and indexers on Windows hold a file for a moment. */
const renameTries = 8;
const heldCodes = new Set(['EPERM', 'EACCES', 'EBUSY']);
const temporaryName = (path: string): string => join(dirname(path), `.${basename(path)}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`);
/** The process that wrote it and the file it was to become; null for any other name. */
function temporaryOf(name: string): { readonly pid: number; readonly of: string } | null {
  const match = /^\.(.+)\.(\d+)\.[0-9a-f]{8}\.tmp$/.exec(name);
  return match?.[1] === undefined ? null : { pid: Number(match[2]), of: match[1] };
}

/**
 * Replaces a file in one step: whoever reads it, at any moment and after any crash, finds the old text or
 * the new one. A full disk may write the beginning of a text without an error, so what lies on the disk is
 * read back before the rename makes it the file. A link at that place is replaced, not followed.
 * Throws `disk-full` when there is no room, otherwise what the system says; the old file is then as it was.
 */
export async function writeFileAtomic(write: AtomicWrite): Promise<void> {
  const { path, text, verify, mode = 0o600, files = realFiles, clock = systemClock } = write;
  const bytes = typeof text === 'string' ? Buffer.from(text, 'utf8') : text;
  const temporary = temporaryName(path);
  try {
    const handle = await files.open(temporary, 'wx', mode);
    try {
      await handle.writeFile(bytes);
      const { size } = await handle.stat();
      if (size !== bytes.length) throw new RoostError('disk-full', `only ${size} of ${bytes.length} bytes of ${path} could be written: the disk is full`);
      const found = await files.readFile(temporary);
      if (!found.equals(bytes)) throw new Error(`${path} reads back differently from what was written`);
      verify?.(found.toString('utf8'));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await renameHeld(files, clock, temporary, path);
  } catch (error) {
    await files.rm(temporary).catch(() => undefined);
    if (error instanceof RoostError || !isDiskFull(error)) throw error;
    throw new RoostError('disk-full', `${path} cannot be written: the disk is full`, { cause: error });
  }
  await syncDirectory(files, dirname(path));
}

async function renameHeld(files: FileSystem, clock: Clock, from: string, to: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await files.rename(from, to);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? '';
      if (process.platform !== 'win32' || !heldCodes.has(code) || attempt >= renameTries) throw error;
      await sleep(clock, Math.min(250, 10 * 2 ** attempt));
    }
  }
}

/** So that the new name survives a power cut; Windows cannot open a directory and needs none of this. */
async function syncDirectory(files: FileSystem, path: string): Promise<void> {
  const handle = await files.open(path, 'r').catch(() => undefined);
  if (handle === undefined) return;
  await handle.sync().catch(() => undefined);
  await handle.close();
}

/** Half-made files of a run that was killed while it wrote, in a folder nobody else writes to. */
export async function removeStaleTemporaries(directory: string, files: FileSystem = realFiles): Promise<void> {
  const names = await files.readdir(directory).catch(() => []);
  for (const name of names) if (temporaryOf(name) !== null) await files.rm(join(directory, name)).catch(() => undefined);
}

/** Those of one file only, in a folder that others may write to: what a living process is writing is left to it. */
export async function removeStaleTemporariesOf(path: string, isAlive: (pid: number) => boolean = lives, files: FileSystem = realFiles): Promise<void> {
  const directory = dirname(path);
  for (const name of await files.readdir(directory).catch(() => [])) {
    const found = temporaryOf(name);
    if (found?.of === basename(path) && !isAlive(found.pid)) await files.rm(join(directory, name)).catch(() => undefined);
  }
}

/** Also true of somebody else's process, which we may not signal. */
function lives(pid: number): boolean {
  if (pid === process.pid) return true;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

export interface KeptCopies {
  readonly directory: string;
  /** Copies of one thing share it; the rest of the name is when. */
  readonly prefix: string;
  readonly suffix: string;
  readonly keep: number;
  readonly files?: FileSystem;
}

/** Copies of one thing, newest first. */
export async function listCopies({ directory, prefix, suffix, files = realFiles }: KeptCopies): Promise<string[]> {
  const names = await files.readdir(directory).catch(() => []);
  const number = (name: string): number => Number(name.slice(prefix.length + 1, name.length - suffix.length));
  return names
    .filter((name) => name.startsWith(`${prefix}-`) && name.endsWith(suffix) && Number.isSafeInteger(number(name)))
    .sort((a, b) => number(b) - number(a))
    .map((name) => join(directory, name));
}

/** Adds a copy and drops the oldest beyond `keep`; a text that is the newest copy already is not copied again. */
export async function keepCopy(copies: KeptCopies, text: string, atMs: number): Promise<void> {
  const { directory, prefix, suffix, keep, files = realFiles } = copies;
  await files.mkdir(directory);
  const before = await listCopies(copies);
  const newest = before[0];
  if (newest !== undefined && (await files.readFile(newest)).toString('utf8') === text) return;
  const last = newest === undefined ? 0 : Number(basename(newest).slice(prefix.length + 1, -suffix.length));
  // The clock may have been set back: a later copy must still be the newest.
  await writeFileAtomic({ path: join(directory, `${prefix}-${Math.max(atMs, last + 1)}${suffix}`), text, files });
  for (const old of before.slice(keep - 1)) await files.rm(old);
}
