import { z } from 'zod';

/** What `roost config redis --json` answers: the server that Roost would start on this machine, before it does. */
export const redisCheckSchema = z.object({
  /** `note`: it would run, and a person should know something; `problem`: Roost would not start it. */
  verdict: z.enum(['ok', 'note', 'problem']),
  found: z.string(),
  advice: z.string().optional(),
  /** Null where there is none, or where somebody else runs it. */
  path: z.string().nullable(),
  /** As the program tells it: "7.0.15". */
  version: z.string().nullable(),
  /** Why the config file could not be asked; then the defaults were. */
  configProblem: z.string().nullable(),
});
export type RedisCheck = z.infer<typeof redisCheckSchema>;
