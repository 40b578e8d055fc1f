import * as z from 'zod/v4';
import type { AgentSetup } from '../../contract/messages.js';

/**
 * The same shape as agentSetupSchema of the contract, kept apart because importing that file builds every
 * schema of the product (5 MB in each agent of the pool). The type and a test keep the two together.
 */
export const setupSchema = z.object({
  knowledge: z.array(z.string()),
  files: z.array(z.string()),
  providers: z.array(z.object({ name: z.string(), baseUrl: z.string(), model: z.string(), apiKey: z.string().optional(), timeoutMs: z.number() })),
}) satisfies z.ZodType<AgentSetup>;

export const emptySetup: AgentSetup = { knowledge: [], files: [], providers: [] };

/** `_meta.roost` of initialize: another client sends none and gets an agent without folders and providers. */
export function readSetup(meta: unknown): { readonly setup: AgentSetup } | { readonly problem: string } {
  const value = typeof meta === 'object' && meta !== null && 'roost' in meta ? meta.roost : undefined;
  if (value === undefined || value === null) return { setup: emptySetup };
  const parsed = setupSchema.safeParse(value);
  if (parsed.success) return { setup: parsed.data };
  const issue = parsed.error.issues[0];
  return { problem: `_meta.roost${issue === undefined ? '' : `.${issue.path.join('.')}: ${issue.message}`}` };
}
