import { accessSync, constants } from 'node:fs';
import { dirname } from 'node:path';
import type { Reason } from '../contract/state.js';

/**
 * macOS runs an app that was opened where it was downloaded from a read-only copy in a random folder (Gatekeeper path
 * randomization, since 10.12), and one in a disk image from the image. Both are gone later. The note says what to do, or null where all is well.
 */
export function placeNote(facts: { readonly platform: string; readonly execPath: string; readonly readOnly: boolean }): Reason | null {
  const { platform, execPath, readOnly } = facts;
  if (platform !== 'darwin') return null;
  const copy = execPath.includes('/AppTranslocation/');
  if (!copy && !(readOnly && execPath.startsWith('/Volumes/'))) return null;
  const where = copy ? 'macOS runs Roost from a temporary read-only copy, because it was opened where it was downloaded' : 'Roost runs from its disk image';
  return {
    code: 'app-translocated',
    process: 'roost',
    message: `${where}: quit it, move Roost to the folder Applications with the Finder, and open it there. Until then it cannot be updated and cannot start at login.`,
    runbook: 'app-translocated',
  };
}

/** Whether nothing can be written beside the program; a folder that cannot be asked counts as one. */
export function isReadOnly(execPath: string): boolean {
  try {
    accessSync(dirname(execPath), constants.W_OK);
    return false;
  } catch {
    return true;
  }
}
