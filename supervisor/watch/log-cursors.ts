import { z } from 'zod';
import type { SeenFile } from './directory-plan.js';

/** A place in one file. `epoch` counts how often the file was written anew; `tail`, a hash of the last bytes before the place, tells whether what was read is still there. */
export const cursorSchema = z.object({
  key: z.string(),
  born: z.string(),
  offset: z.number().int().min(0),
  epoch: z.number().int().min(0),
  tail: z.string(),
});
export type Cursor = z.infer<typeof cursorSchema>;
export const cursorsSchema = z.array(cursorSchema).max(1_000);
/** A cursor with the file it stands in. */
export type Placed = Cursor & { readonly file: SeenFile };

/** The same for as long as the file is the one that is being read. */
export const nameOf = ({ key, born, epoch }: Cursor): string => `${key}:${born}:${epoch}`;
export const withoutFile = ({ key, born, offset, epoch, tail }: Cursor): Cursor => ({ key, born, offset, epoch, tail });

export const isCursorOf = (cursor: Pick<Cursor, 'key' | 'born'>, file: Pick<SeenFile, 'key' | 'born'>): boolean =>
  cursor.key === file.key && (cursor.born === '' || file.born === '' || cursor.born === file.born);

const atStart = (file: SeenFile): Cursor => ({ key: file.key, born: file.born, offset: 0, epoch: 0, tail: '' });

/** Compressed when they were rotated: nothing to read any more, and read already if Roost ran. */
const compressed = /\.(gz|bz2|xz|zst|zip|Z)$/;
/** `app.log.1`, `app.log-20260301`, `app-2026-03-01.log`: what rotation makes of `app.log`. */
export function isRotationOf(base: string, name: string): boolean {
  if (name === base || name.endsWith('.rejected') || compressed.test(name)) return false;
  if (name.startsWith(`${base}.`) || name.startsWith(`${base}-`)) return true;
  const dot = base.lastIndexOf('.');
  return dot > 0 && name.endsWith(base.slice(dot)) && /^[-._]\d/.test(name.slice(dot)) && name.startsWith(base.slice(0, dot));
}

/** By the moment of their making, in nanoseconds; false where the disk does not tell. */
function isOlder(file: Pick<SeenFile, 'born'>, than: Pick<SeenFile, 'born'>): boolean {
  const told = /^\d{1,20}$/;
  return told.test(file.born) && told.test(than.born) && BigInt(file.born) < BigInt(than.born);
}

export interface CursorPlan {
  /** In the order in which they are to be read: rotated files first. */
  readonly cursors: readonly Placed[];
  /** Cursors whose file is gone with what was not read of it. */
  readonly lost: readonly Cursor[];
}

/**
 * Which files are to be read from where. When another file has taken the name of the log, the one before is read to its end under its
 * new name first, and so are those that came and went in between.
 */
export function planCursors(options: {
  readonly cursors: readonly Cursor[];
  readonly current: SeenFile | undefined;
  /** Rotated files beside it; needed only when something was rotated. */
  readonly siblings: readonly SeenFile[];
  readonly from: 'start' | 'end';
}): CursorPlan {
  const { cursors, current, siblings, from } = options;
  if (cursors.length === 0) {
    if (current === undefined) return { cursors: [], lost: [] };
    return { cursors: [{ ...atStart(current), offset: from === 'end' ? current.size : 0, file: current }], lost: [] };
  }
  const files = [...siblings, ...(current === undefined ? [] : [current])];
  const found: Placed[] = [];
  const lost: Cursor[] = [];
  for (const cursor of cursors) {
    const file = files.find((one) => isCursorOf(cursor, one));
    if (file === undefined) lost.push(cursor);
    else found.push({ ...cursor, file });
  }
  const known = (file: SeenFile): boolean => cursors.some((cursor) => isCursorOf(cursor, file));
  if (current !== undefined && !known(current)) {
    const since = Math.max(0, ...found.map(({ file }) => file.mtimeMs));
    const newest = found.at(-1);
    // The times of two files may fall into one tick of the disk: one that was done with long ago must not pass for one that came since.
    const came = (file: SeenFile): boolean => file.mtimeMs >= since && (newest === undefined || !isOlder(file, newest));
    const between = newest === undefined ? [] : siblings.filter((file) => !known(file) && came(file) && file.key !== current.key);
    between.sort((a, b) => a.mtimeMs - b.mtimeMs);
    for (const file of [...between, current]) found.push({ ...atStart(file), file });
  }
  return { cursors: found, lost };
}
