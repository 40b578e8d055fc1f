import { access, cp, mkdir, open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { RoostError } from '../../contract/errors.js';
import type { Clock } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';
import type { Launcher } from '../process/types.js';
import { runLaunched } from './launched-tool.js';

/** Words with which a server says at its start that it cannot read its append-only file. */
export const damageWords = /Bad file format reading the append only file|Unexpected end of file reading the append only file|Unrecoverable error reading the append only file|Truncated or corrupt|Error reading the RDB preamble|Fatal error loading the DB/i;

/** What `redis-check-aof` says about the file where the damage begins. */
export function damageIn(output: string): { readonly file: string; readonly okBytes: number; readonly sizeBytes: number } | undefined {
  const lines = [...output.matchAll(/filename=(.+?), size=(\d+), ok_up_to=(\d+)/g)];
  const bad = lines.find((line) => line[2] !== line[3]);
  return bad?.[1] === undefined ? undefined : { file: bad[1], sizeBytes: Number(bad[2]), okBytes: Number(bad[3]) };
}

/**
 * True when nothing after the first bad byte looks like a whole later command: then cutting the tail
 * loses at most the command that was being written. Otherwise good data would be cut off with it.
 */
export function isOnlyTail(rest: Uint8Array): boolean {
  const text = Buffer.from(rest.buffer, rest.byteOffset, rest.byteLength).toString('latin1');
  return !/\r\n\*\d+\r\n\$\d+\r\n/.test(text);
}

/** A damaged tail longer than this is no interrupted write. */
const maxTailBytes = 1024 ** 2;

/**
 * Repairs a damaged end of the append-only file after a copy of the whole directory was made.
 * Returns what was done, for people; throws `redis-failed` when a person has to decide.
 */
export async function repairAof(options: { readonly launcher: Launcher; readonly clock: Clock; readonly log: Log; readonly server: string; readonly redisDir: string; readonly backupDir: string }): Promise<string> {
  const { launcher, clock } = options;
  const tool = join(dirname(options.server), basename(options.server).replace('server', 'check-aof'));
  const backup = join(options.backupDir, `redis-${new Date(clock.wallMs()).toISOString().replace(/[:.]/g, '-')}`);
  await mkdir(options.backupDir, { recursive: true, mode: 0o700 });
  await cp(options.redisDir, backup, { recursive: true, errorOnExist: true, force: false });
  const refuse = (why: string): RoostError =>
    new RoostError('redis-failed', `RECOVERY: the append-only file of Redis in ${options.redisDir} is damaged and ${why}. A copy is in ${backup}. Put a good backup back, or run \`redis-check-aof --fix\` on the manifest to keep what can be read, then start redis again.`, { details: { state: 'recovery', backup } });

  if (!(await access(tool).then(() => true, () => false))) throw refuse(`${basename(tool)} is not beside the server`);
  const target = await checkTarget(options.redisDir);
  if (target === undefined) throw refuse('its manifest is missing');
  const checked = await runLaunched(launcher, clock, [tool, target], { expected: /not valid|All AOF files|AOF is valid|fail|can.t/i, deadlineMs: 60_000 });
  const damage = damageIn(checked.output);
  if (damage === undefined) throw refuse('not at its end');
  const tail = await readTail(await existing(damage.file, join(dirname(target), damage.file)), damage.okBytes);
  if (tail === undefined || !isOnlyTail(tail)) throw refuse('not only at its end: a repair would cut off good data too');
  const fixed = await runLaunched(launcher, clock, [tool, '--fix', target], { input: 'y\n', expected: /Successfully truncated|fail|can.t/i, deadlineMs: 60_000 });
  if (fixed.code !== 0) throw refuse('the repair failed');
  const done = `the damaged end of the append-only file was cut (${damage.sizeBytes - damage.okBytes} bytes); a copy of the files as they were is in ${backup}`;
  options.log.warn(done);
  return done;
}

/** The manifest since Redis 7, the file itself before. */
async function checkTarget(redisDir: string): Promise<string | undefined> {
  const dir = join(redisDir, 'appendonlydir');
  const manifest = (await readdir(dir).catch(() => [])).find((name) => name.endsWith('.manifest'));
  if (manifest !== undefined) return join(dir, manifest);
  const single = join(redisDir, 'appendonly.aof');
  return access(single).then(() => single, () => undefined);
}

async function existing(first: string, second: string): Promise<string> {
  return access(first).then(() => first, () => second);
}

async function readTail(file: string, from: number): Promise<Uint8Array | undefined> {
  const { size } = await stat(file);
  if (size - from > maxTailBytes) return undefined;
  const handle = await open(file, 'r');
  try {
    const buffer = Buffer.alloc(size - from);
    await handle.read(buffer, 0, buffer.length, from);
    return buffer;
  } finally {
    await handle.close();
  }
}
