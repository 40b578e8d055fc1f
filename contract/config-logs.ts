import { z } from 'zod';
import { bytes, duration } from './quantities.js';

/** What processes write, in `logs/` of the data directory: one log each, turned over by size. */
export const logsSchema = z.strictObject({
  /** Files nobody has written to for so long are removed. */
  retention: duration(60_000, 3_650 * 86_400_000).prefault('14d'),
  fileSize: bytes(64 * 1024).prefault('10MB'),
  /** Of one log: the current one and older ones. */
  files: z.number().int().min(1).max(100).default(5),
  /** Of all logs together: beyond it the oldest turned-over files go first. */
  maxTotal: bytes(1024 ** 2).prefault('2GB'),
});
