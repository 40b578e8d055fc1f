import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { RoostError } from '../../../contract/errors.js';
import type { Backup } from '../../../contract/state.js';
import type { Clock } from '../../../core/base/clock.js';
import type { Launcher } from '../../process/types.js';
import { aofHead, aofParts, checkerBeside } from '../aof-files.js';
import { runLaunched } from '../launched-tool.js';
import { damageIn } from '../repair.js';

const toolDeadlineMs = 120_000;
const answers = /not valid|All AOF files|AOF is valid|fail|can.t|Successfully truncated/i;

export interface CheckOptions {
  readonly launcher: Launcher;
  readonly clock: Clock;
  /** The program of the server; its checker lies beside it. */
  readonly server: string | undefined;
}

/**
 * Proves that a copy can be loaded. The newest part was copied while it grew, so a command may be cut at
 * its end: that rest is taken off the copy. Anything else wrong with it is an error.
 */
export async function checkCopy(copy: string, { launcher, clock, server }: CheckOptions): Promise<Backup['verifiedBy']> {
  const [head, parts] = [await aofHead(copy), await aofParts(copy)];
  if (head === undefined || parts === undefined) throw invalid(copy, 'its manifest names files that are not there');
  const tool = server === undefined ? undefined : await checkerBeside(server);
  if (tool === undefined) {
    const sizes = await Promise.all(parts.map((part) => stat(join(copy, part))));
    // The newest part may be empty, the base never is.
    if (sizes[0] === undefined || sizes[0].size === 0) throw invalid(copy, `${parts[0]} is empty`);
    return 'checksums';
  }
  const first = await runLaunched(launcher, clock, [tool, head], { expected: answers, deadlineMs: toolDeadlineMs });
  if (first.code === 0) return 'redis-check-aof';
  const damage = damageIn(first.output);
  const newest = parts.filter((part) => !part.endsWith('.manifest')).at(-1);
  if (damage === undefined || newest === undefined || basename(damage.file) !== basename(newest)) throw invalid(copy, lastLine(first.output));
  await runLaunched(launcher, clock, [tool, '--fix', head], { input: 'y\n', expected: answers, deadlineMs: toolDeadlineMs });
  const second = await runLaunched(launcher, clock, [tool, head], { expected: answers, deadlineMs: toolDeadlineMs });
  if (second.code !== 0) throw invalid(copy, lastLine(second.output));
  return 'redis-check-aof';
}

const lastLine = (output: string): string => output.trim().split('\n').at(-1)?.slice(0, 200) ?? 'the checker said nothing';
const invalid = (copy: string, why: string): RoostError => new RoostError('redis-failed', `The copy of the data of Redis in ${copy} cannot be loaded: ${why}.`);
