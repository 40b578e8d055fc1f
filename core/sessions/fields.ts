import type { z } from 'zod';

/**
 * Reads the fields of a hash. By hand, because sessions and turns are read many times over and a schema
 * took longer for one than Redis did; what holds JSON is checked by its schema.
 */

/** Null for a missing or damaged number. */
export const numberOf = (text: string | undefined): number | null => {
  if (text === undefined || text === '') return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
};

/** Null for a word that is not known. */
export const oneOf = <T extends string>(known: readonly T[], text: string | undefined): T | null => known.find((one) => one === text) ?? null;

/** The fallback for missing or damaged JSON. */
export function jsonOf<T>(schema: z.ZodType<T>, text: string | undefined, fallback: T): T {
  if (text === undefined) return fallback;
  try {
    const parsed = schema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : fallback;
  } catch {
    return fallback;
  }
}

export type Fields = Readonly<Record<string, string | undefined>>;

/** A flat list of fields and values, as a script returns a hash. */
export function fieldsOf(flat: readonly string[]): Fields {
  const hash: Record<string, string> = Object.create(null);
  for (let at = 0; at + 1 < flat.length; at += 2) hash[flat[at] as string] = flat[at + 1] as string;
  return hash;
}
