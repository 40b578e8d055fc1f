import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { RoostError } from '../../contract/errors.js';
import { type FileSystem, realFiles, writeFileAtomic } from '../../core/base/atomic-file.js';
import type { Clock } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';
import { changedTexts, type FormatStep, firstFormat, formatAfter, formatSteps, judgeFormat, type Texts } from './format-steps.js';

/** In the data directory: of which format its files are, and which Roost said so last. */
export const formatFile = 'format.json';

const markSchema = z.object({
  format: z.number().int().min(firstFormat),
  version: z.string(),
  /** Files are being changed from this format on; what they were lies in that folder of `backup/`. */
  changing: z.object({ backup: z.string().regex(/^format-[\w-]+$/), files: z.array(z.object({ path: z.string(), there: z.boolean() })) }).optional(),
});
type Mark = z.infer<typeof markSchema>;

export interface DataFormatOptions {
  readonly dataDir: string;
  /** Nothing of an earlier run lies there. */
  readonly fresh: boolean;
  readonly version: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly steps?: readonly FormatStep[];
  readonly files?: FileSystem;
}

/**
 * To call at the start, behind the lock of the data directory and before anything in it is read. Files of an older format
 * are copied and changed step by step; the mark is written last, and a start that finds a change half made takes it back
 * and begins it again. Throws `newer-state` for files of a later Roost, and touches nothing then.
 */
export async function settleDataFormat(options: DataFormatOptions): Promise<void> {
  const { dataDir, fresh, version, log, steps = formatSteps } = options;
  const known = formatAfter(steps);
  const mark = (await readMark(dataDir)) ?? { format: fresh ? known : firstFormat, version };
  if (mark.changing !== undefined) await takeBack(options, mark);
  const verdict = judgeFormat(mark.format, steps);
  if (verdict.kind === 'newer') throw newerError(`The data directory ${dataDir} was`, mark, version, known);
  if (verdict.kind === 'older') {
    await changeFiles(options, mark, verdict.steps);
    log.info('the files of the data directory were brought to a newer format', { from: mark.format, to: known, steps: verdict.steps.map(({ what }) => what) });
  }
  await writeMark(options, { format: known, version }, mark);
}

/** What a person is told who starts an old Roost over the data of a new one. */
export const newerError = (what: string, found: { readonly format: number; readonly version?: string }, version: string, known: number): RoostError =>
  new RoostError(
    'newer-state',
    `${what} written by a newer Roost (${found.version === undefined ? '' : `${found.version}, `}format ${found.format}); this is Roost ${version}, which knows formats up to ${known}. Start the newer one again, or put back what was there before the update; nothing was changed.`,
  );

async function readMark(dataDir: string): Promise<Mark | undefined> {
  const path = join(dataDir, formatFile);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    return markSchema.parse(JSON.parse(text));
  } catch (cause) {
    // Written in one step and never by hand: whatever did this may have done more.
    throw new RoostError(
      'newer-state',
      `${path} cannot be understood, so nobody knows of which format the files beside it are. If no newer Roost ever ran here, delete that file and start again.`,
      { cause },
    );
  }
}

async function writeMark({ dataDir, files }: DataFormatOptions, mark: Mark, before?: Mark): Promise<void> {
  if (before?.format === mark.format && before.version === mark.version && before.changing === undefined && (await readMark(dataDir)) !== undefined) return;
  await writeFileAtomic({ path: join(dataDir, formatFile), text: `${JSON.stringify(mark)}\n`, ...(files === undefined ? {} : { files }) });
}

async function changeFiles(options: DataFormatOptions, mark: Mark, steps: readonly FormatStep[]): Promise<void> {
  const { dataDir, clock, files = realFiles } = options;
  const paths = [...new Set(steps.flatMap(({ files = [] }) => files))];
  const before: Texts = new Map(await Promise.all(paths.map(async (path) => [path, await textOf(join(dataDir, path))] as const)));
  const after = changedTexts(steps, before);
  if (after.size === 0) return;
  const backup = `format-${mark.format}-${clock.wallMs()}`;
  for (const [path, text] of before) if (text !== null) await write(files, join(dataDir, 'backup', backup, path), text);
  const changing = [...before].map(([path, text]) => ({ path, there: text !== null }));
  await writeMark(options, { format: mark.format, version: mark.version, changing: { backup, files: changing } });
  for (const [path, text] of after) await (text === null ? files.rm(join(dataDir, path)) : write(files, join(dataDir, path), text));
}

/** A run was ended in the middle: what it had changed is put back from the copies, which stay. */
async function takeBack(options: DataFormatOptions, { changing, ...mark }: Mark): Promise<void> {
  const { dataDir, log, files = realFiles } = options;
  for (const { path, there } of changing?.files ?? []) {
    if (there) await write(files, join(dataDir, path), await readFile(join(dataDir, 'backup', changing?.backup ?? '', path), 'utf8'));
    else await files.rm(join(dataDir, path));
  }
  await writeMark(options, mark);
  log.warn('a change of the format of the data directory was taken back: it had not come to its end', { format: mark.format, backup: changing?.backup });
}

async function write(files: FileSystem, path: string, text: string): Promise<void> {
  await files.mkdir(dirname(path));
  await writeFileAtomic({ path, text, files });
}

const textOf = (path: string): Promise<string | null> =>
  readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
