import type { RunHandler } from '../../core/jobs/handler.js';
import { analyticsRollup } from './analytics-rollup.js';
import { command } from './command.js';
import { competitorAnalysis } from './competitor-analysis.js';
import { governance } from './governance.js';
import { http } from './http.js';
import { memoryCleanup } from './memory-cleanup.js';
import { trendScan } from './trend-scan.js';
import { withReport } from './with-report.js';

/**
 * What the handlers of `contract/handlers.ts` do, by name. Their data were checked against the schema of
 * their spec, so each may take them as that type. They run in handler processes, never in the queue worker.
 */
// biome-ignore lint/suspicious/noExplicitAny: each handler knows its own data; the schema of its spec checked them
export const handlers: Readonly<Record<string, RunHandler<any>>> = {
  governance: withReport(governance),
  'memory-cleanup': withReport(memoryCleanup),
  'analytics-rollup': withReport(analyticsRollup),
  'competitor-analysis': withReport(competitorAnalysis),
  'trend-scan': withReport(trendScan),
  command: withReport(command),
  http,
};
