import { z } from 'zod';

/** What an agent shows of its work in a turn: its plan and its tool calls, bounded by whoever fills it. */
export const turnWorkSchema = z.object({
  plan: z.array(z.object({ content: z.string(), status: z.string() })),
  tools: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      kind: z.string().nullable(),
      status: z.string(),
      /** `path` or `path:line`. */
      places: z.array(z.string()),
      /** The end of what it said as text. */
      text: z.string().nullable(),
      diffs: z.array(z.object({ path: z.string(), oldText: z.string().nullable(), newText: z.string() })),
    }),
  ),
  /** Tool calls that were not kept. */
  more: z.number().int(),
  /** As far as the agent tells. */
  tokens: z.object({ input: z.number(), output: z.number() }).nullable(),
});
export type TurnWork = z.infer<typeof turnWorkSchema>;
