import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** Absent on Windows, where links are told from files by their entry alone. */
const openFlags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

export type FileText = { readonly kind: 'text'; readonly text: string; readonly bytes: number } | { readonly kind: 'binary' | 'too-large' | 'unreadable' };

/**
 * The text of one regular file of at most `maxBytes`. The check is made on the open file, so that swapping
 * it for a link, a pipe or a larger one in between changes nothing.
 */
export async function readText(path: string, maxBytes: number): Promise<FileText> {
  const handle = await open(path, openFlags).catch(() => undefined);
  if (handle === undefined) return { kind: 'unreadable' };
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) return { kind: 'unreadable' };
    if (stat.size > maxBytes) return { kind: 'too-large' };
    const buffer = new Uint8Array(Math.min(stat.size + 1, maxBytes));
    let filled = 0;
    while (filled < buffer.length) {
      const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    const bytes = buffer.subarray(0, filled);
    if (bytes.subarray(0, 4_096).includes(0)) return { kind: 'binary' };
    return { kind: 'text', text: new TextDecoder().decode(bytes), bytes: filled };
  } catch {
    // A file that vanishes or fails while it is read is one file less, not a failed search.
    return { kind: 'unreadable' };
  } finally {
    await handle.close().catch(() => undefined);
  }
}
