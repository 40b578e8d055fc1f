import { cp, mkdir, open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { RoostError } from '../../contract/errors.js';
import type { Clock } from '../../core/base/clock.js';
import type { Log } from '../../core/base/log.js';
import type { Launcher } from '../process/types.js';
import { aofHead, isThere } from './aof-files.js';
import { needsAPerson } from './epoch.js';
import { runLaunched } from './launched-tool.js';

/** Words with which a server says at its start that it cannot read its append-only file. */
export const damageWords =
  /(Bad file format|Unexpected end of file|Unrecoverable error) reading the append only file|Error reading the RDB preamble|Fatal error loading the DB|AOF .* doesn't exist|Error loading .*\.aof/i;

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
  return !/\r\n\*\d+\r\n\$\d+\r\n/.test(Buffer.from(rest).toString('latin1'));
}

/** A damaged tail longer than this is no interrupted write. */
const maxTailBytes = 1024 ** 2;
const toolDeadlineMs = 60_000;

export interface AofRepairOptions {
  readonly launcher: Launcher;
  readonly clock: Clock;
  readonly log: Log;
  readonly redisDir: string;
  readonly backupDir: string;
  readonly onRepaired: (message: string) => void;
}

/** Notices that a start failed over damaged files, and repairs what a person need not decide about. */
export class AofRepair {
  readonly #options: AofRepairOptions;
  /** Where the log stood when the last start began, until that start has succeeded. */
  #unprovenSince: number | undefined;
  #refused: { readonly signature: string; readonly error: RoostError } | undefined;

  constructor(options: AofRepairOptions) {
    this.#options = options;
  }

  starting(): void {
    this.#unprovenSince = this.#options.launcher.logFor('redis').read(1).at(-1)?.seq ?? 0;
  }

  started(): void {
    this.#unprovenSince = undefined;
    this.#refused = undefined;
  }

  /** To call before a start. Throws `redis-failed`, without another copy or try, until somebody changes the files. */
  async repairIfDamaged(server: string): Promise<void> {
    if (this.#unprovenSince === undefined) return;
    const said = this.#options.launcher.logFor('redis').read(200, this.#unprovenSince);
    if (this.#refused === undefined && !said.some((line) => damageWords.test(line.text))) return;
    const signature = await signatureOf(this.#options.redisDir);
    if (this.#refused?.signature === signature) throw this.#refused.error;
    this.#refused = undefined;
    try {
      const message = await this.#repair(server);
      this.#options.log.warn(message);
      this.#options.onRepaired(message);
    } catch (error) {
      if (error instanceof RoostError) this.#refused = { signature, error };
      throw error;
    }
  }

  async #repair(server: string): Promise<string> {
    const { launcher, clock, redisDir, backupDir } = this.#options;
    const backup = join(backupDir, `redis-${new Date(clock.wallMs()).toISOString().replace(/[:.]/g, '-')}`);
    await mkdir(backupDir, { recursive: true, mode: 0o700 });
    await cp(redisDir, backup, { recursive: true, errorOnExist: true, force: false });
    const refusal = (why: string): RoostError =>
      new RoostError(
        'redis-failed',
        `RECOVERY: the append-only file of Redis in ${redisDir} is damaged and ${why}. A copy is in ${backup}. Put a good backup back with \`roost restore NAME\` (\`roost backup list\` names them), or run \`redis-check-aof --fix\` on the manifest to keep what can be read, then start redis again`,
        {
          details: { ...needsAPerson, backup },
        },
      );

    const tool = join(dirname(server), basename(server).replace('server', 'check-aof'));
    if (!(await isThere(tool))) throw refusal(`${basename(tool)} is not beside the server`);
    const target = await aofHead(redisDir);
    if (target === undefined) throw refusal('its manifest is missing');
    const checked = await runLaunched(launcher, clock, [tool, target], {
      expected: /not valid|All AOF files|AOF is valid|fail|can.t/i,
      deadlineMs: toolDeadlineMs,
    });
    const damage = damageIn(checked.output);
    if (damage === undefined) throw refusal('more than its end cannot be read');
    const beside = join(dirname(target), basename(damage.file));
    const tail = await readTail(beside, damage.okBytes);
    if (tail === undefined || !isOnlyTail(tail)) throw refusal('not only at its end: a repair would cut off good data too');
    const fixed = await runLaunched(launcher, clock, [tool, '--fix', target], {
      input: 'y\n',
      expected: /Successfully truncated|fail|can.t/i,
      deadlineMs: toolDeadlineMs,
    });
    if (fixed.code !== 0) throw refusal('the repair failed');
    return `the damaged end of the append-only file of redis was cut (${damage.sizeBytes - damage.okBytes} bytes); the files as they were are in ${backup}`;
  }
}

/** Changes when anybody changes a file of the server. */
async function signatureOf(redisDir: string): Promise<string> {
  const names = (await readdir(redisDir, { recursive: true }).catch(() => [])).sort();
  const marks = await Promise.all(
    names.map((name) =>
      stat(join(redisDir, name)).then(
        (file) => `${name}:${file.size}:${file.mtimeMs}`,
        () => name,
      ),
    ),
  );
  return marks.join('|');
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
