import { z } from 'zod';
import { mostIntents } from './features.js';
import { isKept, keptBuckets } from './kept.js';
import { addLinear, emptyLinear } from './linear.js';
import { parseLinear } from './state-mirror.js';
import { bucketSize } from './types.js';

/**
 * Everything learned as whole numbers, field by field as Redis holds it. Adding up the log of decisions and
 * settlements gives the very same numbers: the state can be proved, and made again.
 */
const fields = z.record(z.string(), z.number());
export const learnedSumsSchema = z.object({
  layout: z.literal(2),
  totals: fields,
  arms: z.record(z.string(), fields),
  /** `arm|intent|n`, `s`, `q`. */
  cells: fields,
  buckets: z.record(z.string(), fields),
  linear: z.record(z.string(), z.string()),
  intents: fields,
});
export type LearnedSums = z.infer<typeof learnedSumsSchema>;

export const noSums = (): LearnedSums => ({ layout: 2, totals: {}, arms: {}, cells: {}, buckets: {}, linear: {}, intents: {} });

/** One entry of the stream: its id and its fields. */
export interface LogEntry {
  readonly id: string;
  readonly fields: Readonly<Record<string, string>>;
}

const bump = (sums: Record<string, number>, field: string, by: number): void => {
  sums[field] = (sums[field] ?? 0) + by;
};

/** The sums after more entries, in their order. The sums given are left as they are. */
export function foldLog(from: LearnedSums, entries: readonly LogEntry[]): LearnedSums {
  const sums = structuredClone(from);
  for (const { fields: entry } of entries) {
    if (entry['k'] === 'd') foldDecision(sums, entry);
    else if (entry['k'] === 's') foldSettlement(sums, entry);
    else if (entry['k'] === 'a') armOf(sums, entry['a'] ?? '')['born'] = Number(entry['born']);
  }
  return sums;
}

function armOf(sums: LearnedSums, slot: string): Record<string, number> {
  sums.arms[slot] ??= {};
  return sums.arms[slot];
}

function bucketOf(sums: LearnedSums, index: string): Record<string, number> {
  sums.buckets[index] ??= {};
  return sums.buckets[index];
}

function foldDecision(sums: LearnedSums, entry: LogEntry['fields']): void {
  const { a: slot = '', i: intent = '', b: index = '0', kind = '', e = '0', at = '0' } = entry;
  const places = Object.keys(sums.intents).length;
  if (intent !== '' && sums.intents[intent] === undefined && places < mostIntents) sums.intents[intent] = places;
  bump(armOf(sums, slot), kind, 1);
  bump(sums.totals, kind, 1);
  const bucket = bucketOf(sums, index);
  bucket['at'] ??= Number(at);
  bump(bucket, kind, 1);
  bump(bucket, 'exploration', Number(e));
}

function foldSettlement(sums: LearnedSums, entry: LogEntry['fields']): void {
  const { a: slot = '', c: cell = '', b: index = '0', x = '', at = '0' } = entry;
  const first = Number(entry['n']);
  const [sum, squares] = [Number(entry['s']), Number(entry['q'])];
  const arm = armOf(sums, slot);
  bump(arm, 'sum', sum);
  bump(arm, 'sumSq', squares);
  bump(arm, 'weighted', Number(entry['r']));
  arm['lastRewardAt'] = Number(at);
  if (first === 1) {
    bump(arm, 'n', 1);
    bump(arm, 'weights', Number(entry['w']));
    bump(sums.totals, 'settled', 1);
  }
  bump(sums.totals, 'version', 1);
  const add = (into: Record<string, number>): void => {
    if (first === 1) bump(into, `${slot}|${cell}|n`, 1);
    bump(into, `${slot}|${cell}|s`, sum);
    bump(into, `${slot}|${cell}|q`, squares);
  };
  add(sums.cells);
  const current = Math.floor((sums.totals['settled'] ?? 0) / bucketSize);
  const old = current - keptBuckets;
  if (first === 1 && (sums.totals['settled'] ?? 0) % bucketSize === 0 && !isKept(old, current)) delete sums.buckets[String(old)];
  if (isKept(Number(index), current)) add(bucketOf(sums, index));
  if (x !== '') {
    const milli = x.split(',').map(Number);
    const known = parseLinear(sums.linear[slot] ?? '');
    const before = known.b.length === milli.length ? known : emptyLinear(milli.length);
    const { a, b } = addLinear(before, milli, sum, first === 1 ? 1 : 0);
    sums.linear[slot] = `${a.join(',')};${b.join(',')}`;
  }
}

/** Where two states differ, in words; empty when they are the same to the last digit. */
export function differencesOf(live: LearnedSums, rebuilt: LearnedSums): readonly string[] {
  const found: string[] = [];
  const compare = (path: string, one: Readonly<Record<string, unknown>>, other: Readonly<Record<string, unknown>>): void => {
    for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) {
      const [left, right] = [one[key], other[key]];
      if (typeof left === 'object' && left !== null && typeof right === 'object' && right !== null)
        compare(`${path}.${key}`, left as Record<string, unknown>, right as Record<string, unknown>);
      else if (left !== right) found.push(`${path}.${key}: ${JSON.stringify(left) ?? 'nothing'} in Redis, ${JSON.stringify(right) ?? 'nothing'} from the log`);
    }
  };
  for (const part of ['totals', 'arms', 'cells', 'buckets', 'linear', 'intents'] as const) compare(part, live[part], rebuilt[part]);
  return found;
}
