import { z } from 'zod';

/** Whether the desktop app starts when its user logs in; part of the one table in methods.ts. */

export const loginItemSchema = z.object({
  /** As the system says, read anew each time: a person may have changed it there. */
  state: z.enum(['on', 'off', 'unavailable']),
  /** Why it cannot be had here, or what is odd about it. */
  reason: z.string().nullable(),
  /** The file that says so, where it is one. */
  file: z.string().nullable(),
});
export type LoginItem = z.infer<typeof loginItemSchema>;

export const loginMethods = {
  'login.get': { params: z.strictObject({}), result: loginItemSchema },
  'login.set': { params: z.strictObject({ open: z.boolean() }), result: loginItemSchema },
} as const;
