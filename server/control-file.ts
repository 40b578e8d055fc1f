import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Control, controlSchema } from '../contract/control.js';
import { writeFileAtomic } from '../core/base/atomic-file.js';

export const controlPath = (dataDir: string): string => join(dataDir, 'control.json');

/** Replaces `control.json` in one step: a reader sees the old record or the new one, never half of it. */
export const writeControl = (dataDir: string, control: Control): Promise<void> =>
  writeFileAtomic({ path: controlPath(dataDir), text: `${JSON.stringify(control)}\n`, verify: (text) => void controlSchema.parse(JSON.parse(text)) });

/** Undefined when there is none or it is broken: both mean that nobody can be found through it. */
export async function readControl(dataDir: string): Promise<Control | undefined> {
  try {
    const parsed = controlSchema.safeParse(JSON.parse(await readFile(controlPath(dataDir), 'utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined; // Missing, unreadable or not JSON: as good as none.
  }
}

/** Removes the record of this run only: a newer host may have written its own by now. */
export async function removeControl(dataDir: string, token: string): Promise<void> {
  const current = await readControl(dataDir);
  if (current === undefined || current.token === token) await rm(controlPath(dataDir), { force: true });
}
