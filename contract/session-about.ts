import { z } from 'zod';

/** What an agent tells of its session by itself; each part is absent until it does. */
export const sessionAboutSchema = z.object({
  /** Its own name for what the conversation is about. */
  title: z.string().nullable().optional(),
  /** What can be asked for by `/name`. */
  commands: z.array(z.object({ name: z.string(), description: z.string() })).optional(),
  /** Tokens of its context that are used, and how many there are. */
  context: z.object({ used: z.number(), size: z.number() }).optional(),
  cost: z.object({ amount: z.number(), currency: z.string() }).nullable().optional(),
});
export type SessionAbout = z.infer<typeof sessionAboutSchema>;
