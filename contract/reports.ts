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

const reportId = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[a-z0-9-]+$/, 'must be 1 to 128 of a-z 0-9 -');

export const reportMethods = {
  /** Newest first; `handlers` says of which handlers there are any. */
  'report.list': {
    params: z.strictObject({ handler: z.string().min(1).max(60).optional(), limit: z.number().int().min(1).max(200).default(50) }),
    result: z.object({
      reports: z.array(reportSummarySchema),
      total: z.number(),
      handlers: z.array(z.object({ handler: z.string(), reports: z.number(), lastAtMs: z.number() })),
    }),
  },
  /** `trend`: the figures of up to 30 reports of the same handler until this one, the oldest first. */
  'report.get': {
    params: z.strictObject({ id: reportId }),
    result: z.object({ report: reportSchema, trend: z.array(z.object({ id: z.string(), atMs: z.number(), figures: z.record(z.string(), z.number()) })) }),
  },
} as const;
