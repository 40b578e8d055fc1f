import { z } from 'zod';
import type { ProviderConfig } from '../../contract/config.js';

const counts = { requests: z.number(), failures: z.number(), limited: z.number(), inputTokens: z.number(), outputTokens: z.number(), cost: z.number() };
export const usageSchema = z.object({ ...counts, estimated: z.boolean() });
export type Usage = z.infer<typeof usageSchema>;

export const noUsage: Usage = { requests: 0, failures: 0, limited: 0, inputTokens: 0, outputTokens: 0, cost: 0, estimated: false };

/** What stands in the file: the day it is about, and per provider its use and the wall times of its last minute. */
export const usageFileSchema = z.object({
  day: z.string(),
  providers: z.record(z.string(), z.object({ usage: usageSchema, times: z.array(z.number()).max(100_000) })),
});
export type UsageFile = z.infer<typeof usageFileSchema>;

export const dayOf = (wallMs: number): string => new Date(wallMs).toISOString().slice(0, 10);

export function costOf(price: ProviderConfig['price'], inputTokens: number, outputTokens: number): number {
  return price === undefined ? 0 : (inputTokens * price.input + outputTokens * price.output) / 1_000_000;
}
