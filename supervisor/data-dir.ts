import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RoostError } from '../contract/errors.js';
import { removeStaleTemporaries, writeFileAtomic } from '../core/base/atomic-file.js';
import { makeDirectory } from '../core/base/make-directory.js';
import { type DataFormatOptions, formatFile, settleDataFormat } from './data-format/data-format.js';
import { foreignIn, foreignSentence, isForbidden } from './file-rights.js';

export interface DataDir {
  readonly path: string;
  /** Names this installation in a Redis that several may share; made once. */
  readonly node: string;
  /** Names this run, after the node and a dot: children carry it, so that a later start can tell whose they were. */
  readonly runId: string;
}

/** There since the first start. */
const nodeFile = 'node-id';
/** Without these nothing goes, or not with the data there are; what else lies there is missed where it is used. */
const needed = ['run', 'redis', 'redis-epoch', nodeFile, formatFile, 'workspaces'];
const folders = ['redis', 'run', 'logs', 'workspaces', 'knowledge'];

/**
 * Makes the data directory and its folders, for their owner only, and brings what lies there to the format of this version.
 * Throws `config-invalid` when it cannot be used, `newer-state` when a later Roost has written it.
 */
export async function prepareDataDir(path: string, run: Pick<DataFormatOptions, 'version' | 'clock' | 'log' | 'steps'>): Promise<DataDir> {
  for (const name of needed) {
    const foreign = await foreignIn(join(path, name), 0);
    if (foreign !== null) throw new RoostError('config-invalid', `The data directory cannot be used: ${foreign}.`);
  }
  try {
    await makeDirectory(path);
    await chmod(path, 0o700);
    await settleDataFormat({ dataDir: path, fresh: !existsSync(join(path, nodeFile)), ...run });
    for (const folder of folders) await makeDirectory(join(path, folder));
    // Left by a run that was killed while it wrote. What lies in a workspace is the agent's own.
    const within = await readdir(path, { withFileTypes: true });
    const ours = within.filter((one) => one.isDirectory() && one.name !== 'workspaces').map(({ name }) => name);
    for (const folder of ['.', ...ours]) await removeStaleTemporaries(join(path, folder));
    const node = await nodeName(join(path, nodeFile));
    return { path, node, runId: `${node}.${randomBytes(8).toString('hex')}` };
  } catch (error) {
    if (error instanceof RoostError) throw error;
    const why = isForbidden(error) ? await foreignSentence((error as NodeJS.ErrnoException).path ?? path) : (error as Error).message;
    throw new RoostError('config-invalid', `The data directory ${path} cannot be used: ${why}`, { cause: error });
  }
}

async function nodeName(file: string): Promise<string> {
  // Only one that is not there, or says nothing, is made anew: under another name the sessions of this node would be a stranger's.
  const found = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return '';
  });
  if (/^n[0-9a-f]{8}$/.test(found.trim())) return found.trim();
  const made = `n${randomBytes(4).toString('hex')}`;
  await writeFileAtomic({ path: file, text: `${made}\n` });
  return made;
}
