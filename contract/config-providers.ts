import { z } from 'zod';
import { duration } from './quantities.js';
import { name } from './services.js';

/** Chat endpoints the built-in agent may ask, in this order. */

const providerSchema = z.strictObject({
  name,
  baseUrl: z.string().regex(/^https?:\/\//, 'must start with http:// or https://'),
  model: z.string().min(1),
  apiKey: z.string().optional(),
  timeout: duration(100, 600_000).prefault('60s'),
  /** Requests of all agents together in any minute; no limit when left out. */
  ratePerMinute: z.number().int().min(1).max(100_000).optional(),
  /** In US dollars for a million tokens; without it no cost is counted. */
  price: z.strictObject({ input: z.number().min(0).max(10_000), output: z.number().min(0).max(10_000) }).optional(),
  /** After so many failures in a row it is left alone for a while; then one request tries it. */
  breaker: z.strictObject({ failures: z.number().int().min(1).max(100).default(3), pause: duration(100, 3_600_000).prefault('30s') }).prefault({}),
});
export type ProviderConfig = z.output<typeof providerSchema>;

export const providersSchema = z
  .array(providerSchema)
  .max(20)
  .refine((providers) => new Set(providers.map((provider) => provider.name)).size === providers.length, 'must not hold a name twice')
  .default([]);
