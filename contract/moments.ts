import { z } from 'zod';
import { parseDurationMs } from './quantities.js';

const isoTime = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

/** "10m" (so long ago) or "2026-11-22T03:00:00Z" as wall time in milliseconds; without a zone it is this machine's. `undefined` when it is neither. */
export function momentMs(text: string, nowMs: number): number | undefined {
  const agoMs = parseDurationMs(text);
  if (agoMs !== undefined) return nowMs - agoMs;
  if (!isoTime.test(text.trim())) return undefined;
  const atMs = Date.parse(text.trim());
  return Number.isFinite(atMs) ? atMs : undefined;
}

export const moment = z
  .string()
  .max(40)
  .refine((text) => momentMs(text, 0) !== undefined, 'must be how long ago (10m, 2h, 1d) or a time (2026-11-22T03:00:00Z)');
