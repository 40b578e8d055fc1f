import { RoostError } from '../../contract/errors.js';
import type { Redis } from '../../core/redis/connection.js';
import type { Keys } from '../../core/redis/keys.js';

/** A file of the data directory as text; null where there is none. */
export type Texts = ReadonlyMap<string, string | null>;

/** What one format of the data is turned into the next one by. */
export interface FormatStep {
  /** For the person who reads of it: “the figures of processes by day”. */
  readonly what: string;
  /** The files it reads and may change, by their place in the data directory. */
  readonly files?: readonly string[];
  /** From what those files say to what they are to say; a file that is left out of the answer stays as it is. Pure: it may be asked again. */
  readonly change?: (texts: Texts) => Texts;
  /** The same for keys in Redis. A kill may interrupt it, so doing it again, also from the middle, must end the same. */
  readonly keys?: (redis: Redis, keys: Keys) => Promise<void>;
}

/** The first step leads from format 1 to format 2. A step that was released is never edited: data somewhere have not had it yet. */
export const formatSteps: readonly FormatStep[] = [];

/** The first format; data without a mark are of this one. */
export const firstFormat = 1;

export const formatAfter = (steps: readonly FormatStep[]): number => firstFormat + steps.length;

/** What is to be done about data of a format, in this version: nothing, some steps, or no start at all. */
export type FormatVerdict = { readonly kind: 'same' } | { readonly kind: 'newer' } | { readonly kind: 'older'; readonly steps: readonly FormatStep[] };

export function judgeFormat(found: number, steps: readonly FormatStep[]): FormatVerdict {
  if (found > formatAfter(steps)) return { kind: 'newer' };
  const missing = steps.slice(found - firstFormat);
  return missing.length === 0 ? { kind: 'same' } : { kind: 'older', steps: missing };
}

/** All steps after one another, before anything is written: a step that fails has changed nothing. */
export function changedTexts(steps: readonly FormatStep[], before: Texts): Texts {
  const texts = new Map(before);
  for (const { files = [], change } of steps) {
    const mine = new Map(files.map((file) => [file, texts.get(file) ?? null] as const));
    for (const [file, text] of change?.(mine) ?? []) {
      if (!mine.has(file)) throw new RoostError('internal', `a step of the data format changes ${file}, which it does not name`);
      texts.set(file, text);
    }
  }
  return new Map([...texts].filter(([file, text]) => text !== (before.get(file) ?? null)));
}

/** A format is a whole number from 1 on; undefined for anything else. */
export const readFormat = (text: unknown): number | undefined => {
  const format = typeof text === 'string' && /^\d{1,9}$/.test(text.trim()) ? Number(text) : text;
  return typeof format === 'number' && Number.isSafeInteger(format) && format >= firstFormat ? format : undefined;
};
