import { z } from 'zod';
import { RoostError } from '../../contract/errors.js';
import type { Redis } from '../redis/connection.js';
import type { Keys } from '../redis/keys.js';
import { isKept } from './kept.js';
import { differencesOf, foldLog, type LearnedSums, type LogEntry, learnedSumsSchema, noSums } from './log-fold.js';
import { cutScript, exportScript, importScript, migrateScript } from './log-scripts.js';
import { hashOf } from './state-mirror.js';
import { bucketSize } from './types.js';

type Flat = readonly string[];
type Exported = readonly [
  totals: Flat,
  arms: readonly (readonly [string, Flat])[],
  cells: Flat,
  buckets: readonly (readonly [string, Flat])[],
  linear: readonly (readonly [string, string])[],
  intents: Flat,
  lastId: string,
  base: string,
];

/** The state before the first entry of the log, and the id of the last entry in it. */
const baseSchema = z.object({ through: z.string(), sums: learnedSumsSchema });

const numbers = (flat: Flat): Record<string, number> => Object.fromEntries(Object.entries(hashOf(flat)).map(([field, value]) => [field, Number(value)]));
const pageSize = 1_000;

/** The log of decisions and settlements in Redis, and the state as a whole: read, proved, cut, replaced. */
export class LogStore {
  readonly #redis: Redis;
  readonly #keys: Keys;

  constructor(options: { readonly redis: Redis; readonly keys: Keys }) {
    this.#redis = options.redis;
    this.#keys = options.keys;
  }

  /** Takes a state written before there was a log over as its beginning. Idempotent. */
  async migrate(): Promise<boolean> {
    const keys = this.#keys;
    const found = (await migrateScript.run(this.#redis, [keys.armTotals, keys.armNames, keys.armCells, keys.armBase], [keys.arm('')])) === 1;
    if (found) {
      const { sums, lastId } = await this.#whole();
      await this.#redis.setnx(keys.armBase, JSON.stringify({ through: lastId, sums }));
    }
    return found;
  }

  /** Up to `most` entries after `afterId` ('0' for all), oldest first. */
  async entries(afterId: string, most = pageSize): Promise<readonly LogEntry[]> {
    const found = await this.#redis.xrange(this.#keys.armLog, afterId === '0' ? '-' : `(${afterId}`, '+', 'COUNT', most);
    return found.map(([id, fields]) => ({ id, fields: hashOf(fields) }));
  }

  /** One entry; undefined once it is cut off. */
  async entry(id: string): Promise<LogEntry | undefined> {
    const [found] = await this.#redis.xrange(this.#keys.armLog, id, id);
    return found === undefined ? undefined : { id: found[0], fields: hashOf(found[1]) };
  }

  async length(): Promise<number> {
    return this.#redis.xlen(this.#keys.armLog);
  }

  /** Id of the last entry before the newest `keep`; undefined when there is none. */
  async newest(keep: number): Promise<string | undefined> {
    const found = await this.#redis.xrevrange(this.#keys.armLog, '+', '-', 'COUNT', keep + 1);
    return found.length <= keep ? undefined : found.at(-1)?.[0];
  }

  /** Adds the log up again and compares it with the sums that decide. */
  async verify(): Promise<{ readonly identical: boolean; readonly entries: number; readonly differences: readonly string[] }> {
    const { sums, lastId, base } = await this.#whole();
    const begin = parseBase(base);
    let rebuilt = begin.sums;
    let entries = 0;
    for (let after = begin.through; ; ) {
      const page = (await this.entries(after)).filter((entry) => idOrder(entry.id, lastId) <= 0);
      if (page.length === 0) break;
      rebuilt = foldLog(rebuilt, page);
      entries += page.length;
      after = page.at(-1)?.id ?? lastId;
    }
    // Somebody cut the log while it was read: what was read has a hole.
    if (((await this.#redis.get(this.#keys.armBase)) ?? '') !== base) return this.verify();
    const differences = differencesOf(sums, rebuilt);
    return { identical: differences.length === 0, entries, differences: differences.slice(0, 50) };
  }

  /**
   * Cuts off what lies before `throughId` inclusive; the state there becomes the new beginning, added up from the log,
   * not copied. False when somebody else cut meanwhile.
   */
  async cut(throughId: string): Promise<boolean> {
    const known = (await this.#redis.get(this.#keys.armBase)) ?? '';
    const begin = parseBase(known);
    let sums = begin.sums;
    for (let after = begin.through; ; ) {
      const page = (await this.entries(after)).filter((entry) => idOrder(entry.id, throughId) <= 0);
      if (page.length === 0) break;
      sums = foldLog(sums, page);
      after = page.at(-1)?.id ?? throughId;
    }
    const base = JSON.stringify({ through: throughId, sums });
    return (await cutScript.run(this.#redis, [this.#keys.armLog, this.#keys.armBase], [known, base, next(throughId)])) === 1;
  }

  async export(): Promise<LearnedSums> {
    return (await this.#whole()).sums;
  }

  /** Replaces what was learned. Throws `bad-request` when `state` is not what `export` gave. */
  async import(state: unknown): Promise<void> {
    const parsed = learnedSumsSchema.safeParse(state);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      throw new RoostError('bad-request', `This is not a state that was exported: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim(), {
        field: 'state',
      });
    }
    const sums = parsed.data;
    requireSound(sums);
    const { lastId, sums: before } = await this.#whole();
    // Readers take a lower version for another state; one that goes on counting needs them to see a change.
    sums.totals = { ...sums.totals, version: Math.max(before.totals['version'] ?? 0, sums.totals['version'] ?? 0) + 1, layout: 2 };
    const current = Math.floor((sums.totals['settled'] ?? 0) / bucketSize);
    sums.buckets = Object.fromEntries(Object.entries(sums.buckets).filter(([index]) => isKept(Number(index), current)));
    const keys = this.#keys;
    const text = (values: Readonly<Record<string, number>>): string =>
      JSON.stringify(Object.entries(values).flatMap(([field, value]) => [field, String(value)]));
    const args: string[] = ['totals', '', text(sums.totals), 'cells', '', text(sums.cells), 'intents', '', text(sums.intents)];
    for (const [slot, values] of Object.entries(sums.arms)) args.push('arm', slot, text(values));
    for (const [index, values] of Object.entries(sums.buckets)) args.push('bucket', index, text(values));
    for (const [slot, linear] of Object.entries(sums.linear)) args.push('linear', slot, linear);
    await importScript.run(
      this.#redis,
      [keys.armTotals, keys.armNames, keys.armCells, keys.armIntents, keys.armTouched, keys.armLog, keys.armBase],
      [keys.arm(''), keys.armBucket(''), keys.armLinear(''), JSON.stringify({ through: lastId, sums }), ...args],
    );
  }

  async #whole(): Promise<{ readonly sums: LearnedSums; readonly lastId: string; readonly base: string }> {
    const keys = this.#keys;
    const [totals, arms, cells, buckets, linear, intents, lastId, base] = (await exportScript.run(
      this.#redis,
      [keys.armTotals, keys.armNames, keys.armCells, keys.armIntents, keys.armTouched, keys.armLog, keys.armBase],
      [keys.arm(''), keys.armBucket(''), keys.armLinear('')],
    )) as Exported;
    const { layout: _, ...counted } = numbers(totals);
    const sums: LearnedSums = {
      layout: 2,
      totals: counted,
      arms: Object.fromEntries(arms.map(([slot, flat]) => [slot, numbers(flat)])),
      cells: numbers(cells),
      buckets: Object.fromEntries(buckets.map(([index, flat]) => [index, numbers(flat)])),
      linear: Object.fromEntries(linear.filter(([, text]) => text !== '')),
      intents: numbers(intents),
    };
    return { sums, lastId, base };
  }
}

function parseBase(text: string): { readonly through: string; readonly sums: LearnedSums } {
  if (text === '') return { through: '0', sums: noSums() };
  const { through, sums } = baseSchema.parse(JSON.parse(text));
  const { layout: _, ...totals } = sums.totals;
  return { through: through === '0-0' ? '0' : through, sums: { ...sums, totals } };
}

/** An imported state has to hang together: whole numbers, rewards within 0..1. */
function requireSound(sums: LearnedSums): void {
  const bad = (field: string, why: string): never => {
    throw new RoostError('bad-request', `This state is damaged: ${field} ${why}.`, { field: 'state' });
  };
  const every = (path: string, values: Readonly<Record<string, number>>): void => {
    for (const [field, value] of Object.entries(values)) if (!Number.isSafeInteger(value)) bad(`${path}.${field}`, `must be a whole number, got ${value}`);
  };
  every('totals', sums.totals);
  every('cells', sums.cells);
  every('intents', sums.intents);
  for (const [slot, values] of Object.entries(sums.arms)) {
    if (!/^[a-z][a-z0-9-]{0,39}(~\d{1,6})?$/.test(slot)) bad(`arms.${slot.slice(0, 60)}`, 'is no name of an arm');
    every(`arms.${slot}`, values);
    const { n = 0, sum = 0 } = values;
    if (n < 0 || sum < 0 || sum > n * 1_000_000) bad(`arms.${slot}`, 'holds rewards outside 0..1');
  }
  for (const [index, values] of Object.entries(sums.buckets)) {
    if (!/^\d{1,12}$/.test(index)) bad(`buckets.${index.slice(0, 60)}`, 'is no number of a bucket');
    every(`buckets.${index}`, values);
  }
  for (const [slot, text] of Object.entries(sums.linear))
    if (!(slot in sums.arms) || !/^-?\d+(,-?\d+)*;-?\d+(,-?\d+)*$/.test(text)) bad(`linear.${slot.slice(0, 60)}`, 'is no linear model');
}

/** Ids of a stream are milliseconds and a count. Below 0 when `one` was written before `other`. */
export function idOrder(one: string, other: string): number {
  const [a = 0, b = 0] = one.split('-').map(Number);
  const [c = 0, d = 0] = other.split('-').map(Number);
  return a - c || b - d;
}

function next(id: string): string {
  const [ms, count = '0'] = id.split('-');
  return `${ms}-${Number(count) + 1}`;
}
