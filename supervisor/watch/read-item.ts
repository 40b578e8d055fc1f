import { join } from 'node:path';
import type { SeenFile } from './directory-plan.js';
import { hashOf, openExactly, readText } from './folder-files.js';
import type { ItemFields } from './item-template.js';

export interface ItemNeeds {
  readonly text: boolean;
  readonly json: boolean;
  readonly hash: boolean;
}

export type ReadItem =
  | { readonly kind: 'read'; readonly fields: ItemFields; readonly hash: string | null }
  | { readonly kind: 'refused'; readonly reason: string }
  /** Nobody may read it at this moment, or its writer holds it. */
  | { readonly kind: 'later'; readonly reason: string }
  | { readonly kind: 'gone' };

const passing: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EBUSY', 'EMFILE', 'ENFILE', 'EIO']);

/** What a job is told of a file; its content is read only where something needs it. `isKnown` ends the reading early for a content that was seen before. */
export async function readItem(folder: string, file: SeenFile, needs: ItemNeeds, isKnown: (hash: string) => boolean): Promise<ReadItem> {
  const path = join(folder, file.name);
  const plain: ItemFields = { path, name: file.name, size: file.size };
  if (!needs.text && !needs.json && !needs.hash) return { kind: 'read', fields: plain, hash: null };
  try {
    const handle = await openExactly(path, file);
    if (handle === undefined) return { kind: 'gone' };
    try {
      const hash = needs.hash ? await hashOf(handle) : null;
      if (hash !== null && isKnown(hash)) return { kind: 'read', fields: plain, hash };
      if (!needs.text && !needs.json) return { kind: 'read', fields: plain, hash };
      const read = await readText(handle, file.size);
      if ('reason' in read) return { kind: 'refused', reason: read.reason };
      return needs.json ? withJson({ ...plain, text: read.text }, read.text, hash) : { kind: 'read', fields: { ...plain, text: read.text }, hash };
    } finally {
      await handle.close();
    }
  } catch (error) {
    const reason = `${file.name} cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    return { kind: error instanceof Error && 'code' in error && passing.has(String(error.code)) ? 'later' : 'refused', reason };
  }
}

function withJson(fields: ItemFields, text: string, hash: string | null): ReadItem {
  try {
    return { kind: 'read', fields: { ...fields, item: JSON.parse(text) as unknown }, hash };
  } catch (error) {
    return { kind: 'refused', reason: `it is not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}
