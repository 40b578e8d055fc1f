import { z } from 'zod';

/** The closed set of reasons a process ended; every exit is attributed to exactly one. */
export const exitCauses = [
  'deliberate',
  'clean',
  'crash',
  'signal',
  'spawn-failed',
  'start-timeout',
  'stalled',
  /** Over the limit that Roost keeps. */
  'memory',
  /** Ended by the system or by its own runtime for want of memory. */
  'out-of-memory',
  'recycled',
  'protocol',
  'unresponsive',
  'port-conflict',
  'config',
  /** Too many requests somewhere: it comes back after a longer pause, and it is no crash. */
  'rate-limit',
  /** A job or turn ran past its hard deadline and could be ended in no other way. */
  'deadline',
  'parent-lost',
] as const;
export type ExitCause = (typeof exitCauses)[number];

export const exitViewSchema = z.object({
  atMs: z.number(),
  cause: z.enum(exitCauses),
  code: z.number().nullable(),
  signal: z.string().nullable(),
  message: z.string(),
  /** What it said last that reads like a reason; absent when it said nothing or was asked to end. */
  lastLine: z.string().optional(),
  /** It could not be started because the machine had no room for it at that moment: that passes, and says nothing about it. */
  shortage: z.boolean().optional(),
  /** Of an end that a detector asked for: when it was last seen to work, and when the verdict fell. */
  lastSignAtMs: z.number().optional(),
  detectedAtMs: z.number().optional(),
  /** Which life of the process this was the end of, and when that began; absent where none was spawned. */
  life: z.object({ number: z.number().int(), startedAtMs: z.number() }).optional(),
});
export type ExitView = z.infer<typeof exitViewSchema>;
