import { chmod, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Reason } from '../../contract/state.js';

/** Rights of others to write, of the bits of a mode: group and everybody. */
const othersWrite = 0o022;
const everybodyWrites = 0o002;
/** In such a folder nobody may replace what belongs to somebody else, like in /tmp. */
const sticky = 0o1000;

/** Who besides its owner could write the config, which names the commands Roost runs. */
export interface ConfigAccess {
  /** What was set right in this run; null when nothing had to be. */
  readonly mended: string | null;
  /** What only a person can set right. */
  readonly exposed: string | null;
}

export const closedAccess: ConfigAccess = { mended: null, exposed: null };

const octal = (mode: number): string => `0${(mode & 0o7777).toString(8)}`;
const writers = (mode: number): string => ((mode & everybodyWrites) === 0 ? 'by its group' : 'by everybody on this machine');

/**
 * Whoever may write the config makes Roost run his commands. So the right of others to write it is taken away, their
 * right to read is left; what stands in the way of that, or a folder in which everybody may put another file in its
 * place, is told. Windows has no such bits. Never throws.
 */
export async function closeAccess(file: string, platform: string = process.platform, take: typeof chmod = chmod): Promise<ConfigAccess> {
  if (platform === 'win32') return closedAccess;
  // A link has no rights of its own.
  const path = await realpath(file).catch(() => null);
  const found = path === null ? null : await stat(path).catch(() => null);
  if (path === null || found === null) return closedAccess;
  const { mode } = found;
  let mended: string | null = null;
  if ((mode & othersWrite) !== 0) {
    const danger = `The config file ${path} could be written ${writers(mode)} (mode ${octal(mode)}), and it names the commands Roost runs`;
    try {
      await take(path, mode & 0o7777 & ~othersWrite);
      mended = `${danger}. Roost took that right away (${octal(mode & ~othersWrite)}); make sure that it says what you wrote.`;
    } catch (error) {
      return { mended, exposed: `${danger}. Roost may not change that (${(error as NodeJS.ErrnoException).code}): chmod go-w ${path}` };
    }
  }
  return { mended, exposed: await exposedFolder(path) };
}

async function exposedFolder(path: string): Promise<string | null> {
  const folder = dirname(path);
  const mode = await stat(folder).then(
    (found) => found.mode,
    () => 0,
  );
  if ((mode & everybodyWrites) === 0 || (mode & sticky) !== 0) return null;
  return `Everybody on this machine can put another file in the place of the config ${path}, which names the commands Roost runs: its folder is open to all (mode ${octal(mode)}): chmod o-w ${folder}`;
}

/** What a person should know about it although it was mended. */
export const configNotes = ({ mended }: ConfigAccess): Reason[] =>
  mended === null ? [] : [{ code: 'config-writable', process: 'roost', message: mended, runbook: 'config-writable' }];
