import { z } from 'zod';
import { duration } from './quantities.js';
import { name } from './services.js';

/** Chat endpoints the built-in agent may ask. */

const providerSchema = z.strictObject({
  name,
  baseUrl: z.string().regex(/^https?:\/\//, 'must start with http:// or https://'),
  model: z.string().min(1),
  apiKey: z.string().optional(),
  timeout: duration(100, 600_000).prefault('60s'),
});
export type ProviderConfig = z.output<typeof providerSchema>;

export const providersSchema = z.array(providerSchema).max(20).default([]);
