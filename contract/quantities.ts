import { z } from 'zod';

const durationUnits: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const byteUnits: Readonly<Record<string, number>> = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };

function parseQuantity(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const match = /^(\d{1,12}(?:\.\d{1,6})?)\s*([a-z]+)$/i.exec(text.trim());
  const unit = match?.[2] === undefined ? undefined : units[match[2].toLowerCase()];
  if (match?.[1] === undefined || unit === undefined) return undefined;
  return Math.round(Number(match[1]) * unit);
}

/** "250ms", "30s", "5m", "2h", "1d" in milliseconds; `undefined` when it is not one of these. */
export const parseDurationMs = (text: string): number | undefined => parseQuantity(text, durationUnits);
/** "512MB", "4GB" (powers of 1024) in bytes; `undefined` when it is not one of these. */
export const parseBytes = (text: string): number | undefined => parseQuantity(text, byteUnits);

function formatQuantity(value: number, units: readonly (readonly [string, number])[]): string {
  const [name, size] = units.find(([, unit]) => value >= unit && value % unit === 0) ?? units[units.length - 1] ?? ['', 1];
  return `${value / size}${name}`;
}

/** The other way round: what `parseDurationMs` reads back as the same number. */
export const formatDuration = (ms: number): string => formatQuantity(ms, Object.entries(durationUnits).reverse());
/** As `parseBytes` reads it back. */
export const formatBytes = (size: number): string =>
  formatQuantity(size, [
    ['GB', 1024 ** 3],
    ['MB', 1024 ** 2],
    ['KB', 1024],
    ['B', 1],
  ]);

/** Marks in the JSON Schema which strings are quantities, so that resolved settings can be written in their units again. */
export const unitMark = 'x-unit';

/** A duration written with its unit; out comes milliseconds within [minMs, maxMs]. */
export const duration = (minMs: number, maxMs: number) =>
  z
    .string()
    .transform((text, context) => {
      const value = parseDurationMs(text);
      if (value === undefined || value < minMs || value > maxMs) {
        context.addIssue({
          code: 'custom',
          message: `must be a duration such as 30s or 5m, between ${formatDuration(minMs)} and ${formatDuration(maxMs)}, got ${JSON.stringify(text)}`,
        });
        return z.NEVER;
      }
      return value;
    })
    .meta({ description: `A duration such as 30s or 5m, from ${formatDuration(minMs)} to ${formatDuration(maxMs)}.`, [unitMark]: 'duration' });

/** A size written with its unit; out comes bytes. */
export const bytes = (min: number) =>
  z
    .string()
    .transform((text, context) => {
      const value = parseBytes(text);
      if (value === undefined || value < min) {
        context.addIssue({ code: 'custom', message: `must be a size such as 512MB, at least ${formatBytes(min)}, got ${JSON.stringify(text)}` });
        return z.NEVER;
      }
      return value;
    })
    .meta({ description: `A size such as 512MB, at least ${formatBytes(min)}.`, [unitMark]: 'bytes' });
