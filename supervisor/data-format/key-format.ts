import { RoostError } from '../../contract/errors.js';
import type { Clock } from '../../core/base/clock.js';
import { call, type Redis } from '../../core/redis/connection.js';
import type { Keys } from '../../core/redis/keys.js';
import { newerError } from './data-format.js';
import { type FormatStep, firstFormat, formatAfter, formatSteps, judgeFormat, readFormat } from './format-steps.js';

export interface KeyFormatOptions {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly version: string;
  readonly clock: Clock;
  /** Copies the data before they are changed; null where Roost cannot, as with a server of somebody else. */
  readonly backup: (() => Promise<void>) | null;
  readonly steps?: readonly FormatStep[];
}

/**
 * To call each time a Redis is met, before anybody works with it: the keys under our prefix carry the format they are of.
 * Older ones are brought up after a backup, the mark last. Throws `newer-state` for keys that this Roost does not know,
 * or may not change, and has changed nothing then.
 */
export async function settleKeyFormat(options: KeyFormatOptions): Promise<void> {
  const { redis, keys, version, clock, backup, steps = formatSteps } = options;
  const known = formatAfter(steps);
  const text = await call(clock, redis.get(keys.format));
  const found = text === null ? await unmarked(options, known) : readFormat(text);
  if (found === undefined)
    throw new RoostError(
      'newer-state',
      `The key ${keys.format} in Redis must be a number, got ${JSON.stringify(text?.slice(0, 40))}: nobody knows of which format the keys beside it are.`,
    );
  const verdict = judgeFormat(found, steps);
  if (verdict.kind === 'newer') throw newerError(`The data in Redis under ${keys.prefix}: were`, { format: found }, version, known);
  const changes = verdict.kind === 'older' ? verdict.steps.filter((step) => step.keys !== undefined) : [];
  if (changes.length > 0) {
    if (backup === null)
      throw new RoostError(
        'newer-state',
        `The data in Redis under ${keys.prefix}: are of format ${found}, and this Roost ${version} works with format ${known}. It changes them only after a backup, and this Redis is not its own to back up: go on with the Roost that wrote them, or begin with another redis.prefix.`,
      );
    await backup();
    for (const { keys: change } of changes) await change?.(redis, keys);
  }
  if (text !== String(known)) await call(clock, redis.set(keys.format, String(known)));
}

/** Before there were marks the data were of the first format; where there are none yet they will be of ours. */
async function unmarked({ redis, keys, clock }: KeyFormatOptions, known: number): Promise<number> {
  const some = await call(clock, redis.exists(keys.epoch, keys.sessionIndex, keys.workers, keys.poolTarget, keys.poolStats));
  return some > 0 ? firstFormat : known;
}
