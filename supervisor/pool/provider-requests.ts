import type { ClientApp } from '@agentclientprotocol/sdk';
import { z } from 'zod';
import { providerOutcomes } from '../../contract/providers.js';
import type { Admission, ProviderReport } from '../providers/provider-desk.js';

/** Extension methods of the protocol between Roost and its own agent; agents of others are not offered them. */
export const providerMethods = { acquire: '_roost/provider/acquire', report: '_roost/provider/report' } as const;

const acquireSchema = z.object({ provider: z.string().max(200) });
const amount = z.number().min(0).max(1e12);
const reportSchema = z.object({
  permit: z.string().max(64),
  outcome: z.enum(providerOutcomes),
  tookMs: amount,
  problem: z.string().max(1_000).nullable(),
  retryAfterMs: amount.nullable(),
  inputTokens: amount,
  outputTokens: amount,
  estimated: z.boolean(),
});

export interface ProviderSource {
  acquire(provider: string): Admission;
  report(permit: string, report: ProviderReport): boolean;
}

export function serveProviders(app: ClientApp, source: ProviderSource): ClientApp {
  return app
    .onRequest(providerMethods.acquire, acquireSchema, ({ params }) => source.acquire(params.provider))
    .onRequest(providerMethods.report, reportSchema, ({ params: { permit, ...report } }) => ({ known: source.report(permit, report) }));
}
