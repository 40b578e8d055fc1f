import { constants } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { RoostError } from '../../../contract/errors.js';
import { writeFileAtomic } from '../../../core/base/atomic-file.js';
import { holdFolder, partsInside, refusal } from './inside.js';

const maxReadBytes = 16 * 1024 ** 2;
/** With its escapes and its envelope an answer must fit into one line of the protocol. */
const maxAnswerChars = 160_000;

export interface FoundFile {
  readonly bytes: Buffer;
  /** Permission bits. */
  readonly mode: number;
}

/** The file at a path inside `root`; undefined when there is none. No link is followed, and only plain files are read. */
export async function readInside(root: string, path: string): Promise<FoundFile | undefined> {
  const parts = partsInside(root, path);
  const folder = await holdFolder(root, parts.slice(0, -1)).catch(noneOr);
  if (folder === undefined) return undefined;
  try {
    const file = folder.at(parts.at(-1) as string);
    // Not blocking: opening a pipe would wait for a writer for ever.
    const handle = await open(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
    try {
      const { mode, size, nlink } = await handle.stat().then((found) => {
        if (!found.isFile()) throw new RoostError('bad-request', `${path} is not a plain file`, { field: 'path' });
        return found;
      });
      // Another name of the same file may stand outside of the workspace.
      if (nlink > 1) throw new RoostError('forbidden', `${path} is a hard link: it may be a file outside of the workspace`, { field: 'path' });
      if (size > maxReadBytes) throw new RoostError('too-large', `${path} has ${size} bytes, at most ${maxReadBytes} can be read`, { field: 'path' });
      return { bytes: await handle.readFile(), mode: mode & 0o777 };
    } finally {
      await handle.close();
    }
  } catch (error) {
    return noneOr(refusal(error, path));
  } finally {
    await folder.close();
  }
}

/** Replaces or makes a file in one step; the folders on the way are made. */
export async function writeInside(root: string, path: string, bytes: Buffer, mode: number): Promise<void> {
  const parts = partsInside(root, path);
  const folder = await holdFolder(root, parts.slice(0, -1), true);
  try {
    await writeFileAtomic({ path: folder.at(parts.at(-1) as string), text: bytes, mode });
  } catch (error) {
    throw refusal(error, path);
  } finally {
    await folder.close();
  }
}

export async function removeInside(root: string, path: string): Promise<void> {
  const parts = partsInside(root, path);
  const folder = await holdFolder(root, parts.slice(0, -1));
  try {
    await rm(folder.at(parts.at(-1) as string));
  } catch (error) {
    throw refusal(error, path);
  } finally {
    await folder.close();
  }
}

/** Lines from `line` (1-based), at most `limit` of them; a text too long for one answer is refused with advice. */
export function excerpt(bytes: Buffer, path: string, line?: number | null, limit?: number | null): string {
  const text = bytes.toString('utf8');
  const cut = line == null && limit == null ? text : slice(text, Math.max(1, line ?? 1), limit ?? Number.POSITIVE_INFINITY);
  if (cut.length <= maxAnswerChars) return cut;
  throw new RoostError('too-large', `${path} is too long for one answer (${cut.length} characters): ask for fewer lines with line and limit`);
}

function slice(text: string, line: number, limit: number): string {
  const lines = text.split(/(?<=\n)/);
  return lines.slice(line - 1, line - 1 + limit).join('');
}

function noneOr(error: unknown): undefined {
  if (error instanceof RoostError && error.code === 'not-found') return undefined;
  throw error;
}

/** Files that make other programs run something: a person looks at them first. */
const telling =
  /(^|\/)(\.git|\.hg|\.svn|\.husky|\.vscode|\.idea|\.github|\.devcontainer|node_modules)(\/|$)|(^|\/)(\.envrc|\.npmrc|\.yarnrc(\.yml)?|\.bashrc|\.profile|\.zshrc|\.pre-commit-config\.yaml)$/i;

/** Why a write inside the workspace needs a person all the same; undefined when it does not. */
export function delicate(root: string, path: string): string | undefined {
  const inner = partsInside(root, path).join('/');
  return telling.test(inner) ? `${inner} may make other programs run something` : undefined;
}

export const shownPath = (root: string, path: string): string => join('/', ...partsInside(root, path)).slice(1);
