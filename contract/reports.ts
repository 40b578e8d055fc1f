import { z } from 'zod';

/** What a handler wrote for people: kept for 90 days. */
export const reportSummarySchema = z.object({
  id: z.string().min(1),
  handler: z.string().min(1),
  queue: z.string(),
  jobId: z.string(),
  node: z.string(),
  atMs: z.number(),
  title: z.string(),
  summary: z.string(),
  /** Numbers of that run, for trends. */
  figures: z.record(z.string(), z.number()),
});
export type ReportSummary = z.infer<typeof reportSummarySchema>;

/** Markdown without HTML; whatever looks like HTML is text. */
export const reportSchema = reportSummarySchema.extend({ markdown: z.string() });
export type Report = z.infer<typeof reportSchema>;
