import { z } from 'zod';

export const providerStates = ['up', 'limited', 'paused', 'trying'] as const;

/** One model provider as all agents together see it. */
export const providerViewSchema = z.object({
  name: z.string(),
  model: z.string(),
  /** `limited`: its rate is used up. `paused`: it failed too often. `trying`: one request finds out whether it is back. */
  state: z.enum(providerStates),
  /** When a limit or a pause ends; null while up. */
  untilMs: z.number().nullable(),
  /** Why it is not up, or what failed last. */
  problem: z.string().nullable(),
  inFlight: z.number().int(),
  ratePerMinute: z.number().int().nullable(),
  /** Requests that fit into the present minute; null without a limit. */
  rateLeft: z.number().int().nullable(),
  /** Since midnight UTC. */
  today: z.object({
    requests: z.number().int(),
    failures: z.number().int(),
    limited: z.number().int(),
    inputTokens: z.number(),
    outputTokens: z.number(),
    /** US dollars; null without a price. */
    cost: z.number().nullable(),
    /** True when a provider did not tell its tokens and they were reckoned from the length. */
    estimated: z.boolean(),
  }),
  /** Of the last answer. */
  lastMs: z.number().nullable(),
});
export type ProviderView = z.infer<typeof providerViewSchema>;

/** How a request to a provider ended. */
export const providerOutcomes = ['ok', 'failed', 'rate-limited', 'cancelled'] as const;
export type ProviderOutcome = (typeof providerOutcomes)[number];
