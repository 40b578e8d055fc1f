import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Config } from '../../contract/config.js';
import { RoostError } from '../../contract/errors.js';
import { isDiskFull, keepCopy, listCopies } from '../../core/base/atomic-file.js';
import type { Clock } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';
import { applyEnvironment, type Environment, parseConfig } from './load-config.js';

/** The config file on disk and the copies that are kept of it. */

export interface ConfigPlaces {
  readonly dataDir: string;
  readonly env: Environment;
  readonly clock: Clock;
  readonly log: Log;
}

/** The mark of a file that is not there. */
export const missing = 'missing';
const keptCopies = 5;
const mostBadChars = 1_000_000;

export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Copies of files at different places must not be taken for each other. */
export const copiesOf = ({ dataDir }: ConfigPlaces, file: string) => ({
  directory: join(dataDir, 'config-backups'),
  prefix: `${basename(file, '.yaml')}-${hashOf(file).slice(0, 8)}`,
  suffix: '.yaml',
  keep: keptCopies,
});

/** A file that could not be used is worth a look even when somebody has put another in its place: `<name>.bad-<time>.yaml` beside the good copies. */
export async function keepBad(options: ConfigPlaces, file: string, text: string): Promise<void> {
  if (text.length > mostBadChars) return;
  const good = copiesOf(options, file);
  await keepCopy({ ...good, prefix: `${good.prefix}.bad` }, text, options.clock.wallMs()).catch((error) =>
    options.log.warn('the config that cannot be used could not be copied', { error }),
  );
}

/** Changes whenever the file does, by its dates, size and number. */
export async function markOf(file: string): Promise<string> {
  try {
    const { mtimeMs, size, ino, ctimeMs } = await stat(file);
    return `${mtimeMs} ${ctimeMs} ${size} ${ino}`;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? missing : `no look: ${code}`;
  }
}

export const readText = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((error) => {
    throw unreadable(file, error);
  });

const unreadable = (file: string, error: unknown): RoostError =>
  new RoostError('config-invalid', `The config file ${file} cannot be read: ${(error as Error).message}`, { cause: error });

/** For an edit that could not be kept: the reason in words, and that the file is as it was. */
export const unwritable =
  (file: string) =>
  (error: unknown): never => {
    const why = isDiskFull(error) ? 'the disk is full' : `its folder or a copy of it cannot be written to: ${(error as Error).message}`;
    throw new RoostError(isDiskFull(error) ? 'disk-full' : 'forbidden', `The config file ${file} was not changed: ${why}`, { cause: error });
  };

/** The newest copy that can be used today. */
export async function lastGood(options: ConfigPlaces, file: string): Promise<Config | undefined> {
  for (const copy of await listCopies(copiesOf(options, file))) {
    try {
      return applyEnvironment(parseConfig(await readFile(copy, 'utf8'), file, options.env), options.env);
    } catch {
      // An older one may still do: the environment it was written for may have changed since.
    }
  }
  return undefined;
}
