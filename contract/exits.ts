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
  'memory',
  'recycled',
  'protocol',
  'unresponsive',
  'port-conflict',
  'config',
  'parent-lost',
] as const;
export type ExitCause = (typeof exitCauses)[number];

export const exitViewSchema = z.object({
  atMs: z.number(),
  cause: z.enum(exitCauses),
  code: z.number().nullable(),
  signal: z.string().nullable(),
  message: z.string(),
});
export type ExitView = z.infer<typeof exitViewSchema>;
