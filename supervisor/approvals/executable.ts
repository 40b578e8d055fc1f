import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { resolveProgram } from '../process/program-path.js';

/** Which file a program name means, and what it holds: a name alone can mean another file a moment later. */
export interface Executable {
  /** Where it was found; what is started. */
  readonly path: string;
  /** The file behind all links. */
  readonly real: string;
  readonly dev: number;
  readonly inode: number;
  readonly mtimeMs: number;
  readonly size: number;
  readonly sha256: string;
}

const hashes = new Map<string, string>();
const keptHashes = 500;

/** Throws ENOENT or EACCES when there is no such program. `path` is the PATH of the child. */
export async function identify(program: string, cwd: string, path: string | undefined): Promise<Executable> {
  const found = locate(program, cwd, path);
  const real = await realpath(found);
  const { dev, ino, mtimeMs, ctimeMs, size } = await stat(real);
  // A change of content moves the change time, which nobody can set back: hashing a large runtime once is enough.
  const key = `${real} ${dev} ${ino} ${mtimeMs} ${ctimeMs} ${size}`;
  const sha256 = hashes.get(key) ?? (await hashOf(real));
  hashes.set(key, sha256);
  if (hashes.size > keptHashes) hashes.delete(hashes.keys().next().value as string);
  return { path: found, real, dev, inode: ino, mtimeMs, size, sha256 };
}

/** Windows adds an ending; batch files are left out, since they read their arguments as commands (CVE-2024-27980). */
function locate(program: string, cwd: string, path: string | undefined): string {
  if (process.platform !== 'win32') return resolveProgram(program, { cwd, path });
  const named = /[\\/:]/.test(program) ? resolve(cwd, program).replaceAll('\\', '/') : program;
  const names = /\.(exe|com)$/i.test(named) ? [named] : [`${named}.exe`, `${named}.com`];
  for (const name of names) {
    try {
      return resolveProgram(name, { cwd, path });
    } catch {
      // The next ending may be there.
    }
  }
  throw Object.assign(new Error(`there is no ${program}`), { code: 'ENOENT' });
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** One value for everything an approval is bound to; any difference makes another one. */
export function fingerprint(parts: {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly executable: Executable;
}): string {
  const { argv, cwd, env, executable } = parts;
  const { real, dev, inode, mtimeMs, size, sha256 } = executable;
  const names = Object.entries(env).sort(([left], [right]) => (left < right ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([argv, cwd, names, real, dev, inode, mtimeMs, size, sha256]))
    .digest('hex');
}
