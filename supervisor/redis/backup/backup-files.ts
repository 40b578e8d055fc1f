import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, copyFile, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { RoostError } from '../../../contract/errors.js';
import { type Backup, backupSchema } from '../../../contract/state.js';
import { writeFileAtomic } from '../../../core/base/atomic-file.js';
import { aofParts } from '../aof-files.js';
import { timeOfName } from './retention.js';

/** Beside the copied files: what was copied, so that a later look can tell whether it is still that. */
const recordSchema = backupSchema.omit({ path: true, name: true }).extend({
  version: z.literal(1),
  redisVersion: z.string(),
  files: z.array(z.object({ path: z.string().regex(/^(appendonlydir[\\/])?[^./\\][^/\\]*$/), bytes: z.number(), sha256: z.string() })).min(1),
});
export type BackupRecord = z.infer<typeof recordSchema>;

const recordFile = 'backup.json';

/** The files a start would read, copied as they are at this moment. The newest of them may end in the middle of a command. */
export async function copyAof(redisDir: string, target: string): Promise<readonly string[]> {
  const parts = await aofParts(redisDir);
  if (parts === undefined) throw new RoostError('redis-failed', `The append-only file of Redis in ${redisDir} is not complete; there is nothing to copy.`);
  for (const part of parts) {
    await mkdir(dirname(join(target, part)), { recursive: true, mode: 0o700 });
    await copyFile(join(redisDir, part), join(target, part));
    await chmod(join(target, part), 0o600);
  }
  return parts;
}

/** Writes the record, forces everything to disk and gives the folder its name: before that it is no backup. */
export async function sealBackup(
  draft: string,
  path: string,
  facts: Omit<BackupRecord, 'version' | 'bytes' | 'files'>,
  parts: readonly string[],
): Promise<Backup> {
  const files = await Promise.all(parts.map(async (part) => ({ path: part, ...(await fingerprint(join(draft, part))) })));
  const record: BackupRecord = { version: 1, ...facts, bytes: files.reduce((sum, file) => sum + file.bytes, 0), files };
  await writeFileAtomic({ path: join(draft, recordFile), text: `${JSON.stringify(record, null, 2)}\n` });
  for (const part of parts) await syncFile(join(draft, part));
  await rename(draft, path);
  return backupOf(path, record);
}

/** Every finished backup in the folder, the newest first; what is not one is left out. */
export async function listBackups(dir: string): Promise<readonly Backup[]> {
  const names = (await readdir(dir).catch(() => [])).filter((name) => timeOfName(name) !== undefined).sort();
  const found = await Promise.all(
    names.reverse().map((name) => readRecord(join(dir, name)).then((record) => (record === undefined ? [] : [backupOf(join(dir, name), record)]))),
  );
  return found.flat();
}

/** Drafts of a run that died while it copied. */
export async function removeDrafts(dir: string): Promise<void> {
  const names = (await readdir(dir).catch(() => [])).filter((name) => name.endsWith('.draft'));
  for (const name of names) await rm(join(dir, name), { recursive: true, force: true });
}

/** The record of a backup whose files are all still what they were; otherwise a sentence that says what is wrong. */
export async function readVerified(path: string): Promise<BackupRecord> {
  const record = await readRecord(path);
  if (record === undefined)
    throw new RoostError('bad-request', `file must be a backup of Roost (a folder with ${recordFile}), got ${JSON.stringify(path)}`, { field: 'file' });
  for (const file of record.files) {
    const now = await fingerprint(join(path, file.path)).catch(() => undefined);
    if (now?.sha256 !== file.sha256)
      throw new RoostError(
        'bad-request',
        `The backup ${path} is damaged: ${file.path} is ${now === undefined ? 'missing' : 'not what was written'}; take another one.`,
        {
          field: 'file',
        },
      );
  }
  return record;
}

async function readRecord(path: string): Promise<BackupRecord | undefined> {
  try {
    const parsed = recordSchema.safeParse(JSON.parse(await readFile(join(path, recordFile), 'utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch {
    // No folder, no record, no JSON: all mean that this is no backup.
    return undefined;
  }
}

const backupOf = (path: string, record: BackupRecord): Backup => ({
  name: basename(path),
  path,
  atMs: record.atMs,
  bytes: record.bytes,
  reason: record.reason,
  verifiedBy: record.verifiedBy,
});

async function fingerprint(file: string): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return { bytes: (await stat(file)).size, sha256: hash.digest('hex') };
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
