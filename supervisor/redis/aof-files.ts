import { access, readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Where the append-only file lies: several files and their manifest since Redis 7, one file before. */
export const aofFolder = 'appendonlydir';
export const singleAof = 'appendonly.aof';

export interface ManifestEntry {
  readonly file: string;
  readonly type: 'base' | 'history' | 'incr';
}

/** Reads `file NAME seq N type b` lines; undefined when one of them is something else, or there is none. */
export function parseManifest(text: string): readonly ManifestEntry[] | undefined {
  const types = { b: 'base', h: 'history', i: 'incr' } as const;
  const entries: ManifestEntry[] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const match = /^file ("?)([^"/\\]+)\1 seq \d+ type ([bhi])(?:\s|$)/.exec(line);
    const file = match?.[2];
    const type = match?.[3] as keyof typeof types | undefined;
    if (file === undefined || type === undefined || file.startsWith('.')) return undefined;
    entries.push({ file, type: types[type] });
  }
  return entries.length === 0 ? undefined : entries;
}

/** The manifest since Redis 7, the file itself before; undefined when neither is there. */
export async function aofHead(redisDir: string): Promise<string | undefined> {
  const dir = join(redisDir, aofFolder);
  const manifest = (await readdir(dir).catch(() => [])).find((name) => name.endsWith('.manifest'));
  if (manifest !== undefined) return join(dir, manifest);
  const single = join(redisDir, singleAof);
  return (await isThere(single)) ? single : undefined;
}

/** All files a start reads, relative to the directory of Redis, the head last; undefined when they are not complete. */
export async function aofParts(redisDir: string): Promise<readonly string[] | undefined> {
  const head = await aofHead(redisDir);
  if (head === undefined) return undefined;
  if (!head.endsWith('.manifest')) return [singleAof];
  const entries = parseManifest(await readFile(head, 'utf8'));
  if (entries === undefined) return undefined;
  const names = entries.filter(({ type }) => type !== 'history').map(({ file }) => file);
  const present = await Promise.all(names.map((name) => isThere(join(dirname(head), name))));
  return present.includes(false) ? undefined : [...names.map((name) => join(aofFolder, name)), join(aofFolder, basename(head))];
}

/** The checker that belongs to a server lies beside it under a name of the same family. */
export async function checkerBeside(server: string): Promise<string | undefined> {
  const tool = join(dirname(server), basename(server).replace('server', 'check-aof'));
  return tool !== server && (await isThere(tool)) ? tool : undefined;
}

export async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Bytes of the files of a folder; one that is not there has none. */
export async function sizeOf(dir: string): Promise<number> {
  const names = await readdir(dir).catch(() => []);
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(dir, name)).then(
        (file) => file.size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
