import { z } from 'zod';
import { moment } from './moments.js';

export const processName = z
  .string()
  .min(1)
  .max(128)
  .regex(/^(?!\.+$)[A-Za-z0-9._-]+$/, 'must be 1 to 128 of A-Z a-z 0-9 . _ - and not only dots');
export const waitMs = z.number().int().min(0).max(25_000).default(0);

/** Calls about what processes write; part of the one table in methods.ts. */
export const logMethods = {
  /**
   * Without `search`, `since` and `until`: the newest lines of this run. With one of them the files are
   * read as well, those of earlier runs and turned-over ones included; such lines have negative numbers.
   * With `afterSeq` it follows: only lines of this run after that number, of them what is asked for.
   * Long poll: with `waitMs` the answer comes when a line after `afterSeq` exists or the time is up.
   */
  'process.logs': {
    params: z.strictObject({
      name: processName,
      lines: z.number().int().min(1).max(5_000).default(200),
      afterSeq: z.number().int().min(0).optional(),
      waitMs,
      /** Part of the text, in any case. */
      search: z.string().min(1).max(200).optional(),
      since: moment.optional(),
      until: moment.optional(),
    }),
    result: z.object({
      lines: z.array(z.object({ seq: z.number().int(), atMs: z.number(), stream: z.enum(['out', 'err', 'roost']), text: z.string() })),
      dropped: z.number().int(),
      /** The number of the newest line there was, asked for or not: where following goes on. */
      lastSeq: z.number().int(),
      /** There was more to read than the time allowed. */
      truncated: z.boolean(),
    }),
  },
} as const;
