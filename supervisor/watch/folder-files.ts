import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { appendFile, type FileHandle, lstat, mkdir, open, readdir, realpath, rename, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { SeenFile } from './directory-plan.js';
import { problemOfFile, WatchProblem } from './scan.js';

/** So many at once: the others of this process want the file system, too. */
const atOnce = 128;
const maxEntries = 200_000;
/** What a job may carry, with room for the rest of its data. */
export const maxTextBytes = 200_000;

export interface Listing {
  readonly files: readonly SeenFile[];
  /** Links that lead out of the folder, and what is neither file, folder nor link. */
  readonly strange: readonly { readonly file: SeenFile; readonly reason: string }[];
}

type BigStat = Awaited<ReturnType<typeof bigStat>>;
const bigStat = (path: string) => lstat(path, { bigint: true });

export const seenOf = (name: string, found: BigStat): SeenFile => ({
  name,
  key: `${found.dev}:${found.ino}`,
  born: found.birthtimeNs > 0n ? String(found.birthtimeNs) : '',
  size: Number(found.size),
  mtimeMs: Number(found.mtimeNs) / 1e6,
  changedMs: Math.max(Number(found.mtimeNs), Number(found.ctimeNs)) / 1e6,
});

/** Time of the last change of the list of names, in ns; throws a WatchProblem when it is no folder that can be read. */
export async function folderStamp(path: string): Promise<bigint> {
  const found = await stat(path, { bigint: true }).catch((error: unknown) => {
    throw problemOfFile(error, path);
  });
  if (!found.isDirectory()) throw new WatchProblem(`${path} is not a folder`);
  return found.mtimeNs;
}

/** Everything wanted in the folder itself; folders inside it are not looked into. Names that vanish meanwhile are gone. */
export async function listFolder(path: string, wanted: (name: string) => boolean, signal: AbortSignal): Promise<Listing> {
  const names = (
    await readdir(path).catch((error: unknown) => {
      throw problemOfFile(error, path);
    })
  ).filter(wanted);
  if (names.length > maxEntries) throw new WatchProblem(`${path} holds ${names.length} items; more than ${maxEntries} are not watched`);
  const files: SeenFile[] = [];
  const strange: { file: SeenFile; reason: string }[] = [];
  for (let at = 0; at < names.length; at += atOnce) {
    signal.throwIfAborted();
    await Promise.all(
      names.slice(at, at + atOnce).map(async (name) => {
        const found = await bigStat(join(path, name)).catch(() => undefined);
        if (found === undefined || found.isDirectory()) return;
        if (found.isFile()) files.push(seenOf(name, found));
        else if (!found.isSymbolicLink()) strange.push({ file: seenOf(name, found), reason: 'it is neither a file nor a folder' });
        else if (await leadsOut(path, name))
          strange.push({ file: seenOf(name, found), reason: 'it is a link that leads out of the folder, which is not followed' });
      }),
    );
  }
  if (names.some((name) => name.includes(replacement))) strange.push(...(await unreadableNames(path, wanted)));
  return { files, strange };
}

/** What stands for bytes that are no text. */
const replacement = '\ufffd';

/** Files whose names are no text in UTF-8: nobody can be told their path. */
async function unreadableNames(path: string, wanted: (name: string) => boolean): Promise<{ file: SeenFile; reason: string }[]> {
  const found: { file: SeenFile; reason: string }[] = [];
  for (const raw of await readdir(path, { encoding: 'buffer' })) {
    const name = raw.toString();
    if (Buffer.from(name).equals(raw) || !wanted(name)) continue;
    const stats = await lstat(Buffer.concat([Buffer.from(join(path, sep)), raw]), { bigint: true }).catch(() => undefined);
    if (stats?.isFile()) found.push({ file: seenOf(name, stats), reason: 'its name is not UTF-8: copy it to another name' });
  }
  return found;
}

/** A link to a file inside the folder is that file, which is seen under its own name. */
async function leadsOut(path: string, name: string): Promise<boolean> {
  try {
    const [folder, target] = [await realpath(path), await realpath(join(path, name))];
    return !target.startsWith(folder.endsWith(sep) ? folder : folder + sep);
  } catch {
    return true;
  }
}

/** Opens that very file and no other that has taken its name meanwhile; undefined when it is gone. */
export async function openExactly(path: string, file: Pick<SeenFile, 'key'>): Promise<FileHandle | undefined> {
  const handle = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'ENOENT' || code === 'ELOOP') return undefined;
    throw error;
  });
  if (handle === undefined) return undefined;
  const found = await handle.stat({ bigint: true });
  if (`${found.dev}:${found.ino}` === file.key) return handle;
  await handle.close();
  return undefined;
}

/** The whole text of a small file; a reason where it is none. */
export async function readText(handle: FileHandle, size: number): Promise<{ readonly text: string } | { readonly reason: string }> {
  if (size > maxTextBytes) return { reason: `it holds ${size} bytes, more than the ${maxTextBytes} a job may carry; use {path} instead of its text` };
  const bytes = await handle.readFile();
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return { reason: 'it is not UTF-8 text' };
  }
}

export async function hashOf(handle: FileHandle): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of handle.createReadStream({ autoClose: false, start: 0 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Into a folder beside it, under a name that is free; a crash in between leaves it where it was. Only that very file. */
export async function moveAside(folder: string, file: Pick<SeenFile, 'key' | 'name'>, into: 'done' | 'failed' | 'rejected'): Promise<void> {
  const from = join(folder, file.name);
  const found = await bigStat(from).catch(() => undefined);
  if (found === undefined || `${found.dev}:${found.ino}` !== file.key) return;
  await mkdir(join(folder, into), { recursive: true });
  const taken = await bigStat(join(folder, into, file.name)).catch(() => undefined);
  await rename(from, join(folder, into, taken === undefined ? file.name : `${file.name}.${file.key.replace(':', '-')}`));
}

/** Beside the items that were set aside: why. */
export async function writeReason(folder: string, record: { readonly atMs: number; readonly item: string; readonly reason: string }): Promise<void> {
  const line = JSON.stringify({ at: new Date(record.atMs).toISOString(), item: record.item, reason: record.reason });
  await appendFile(join(folder, 'rejected', 'reasons.jsonl'), `${line}\n`);
}
