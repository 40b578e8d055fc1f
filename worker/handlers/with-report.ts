import type { RunHandler } from '../../core/jobs/handler.js';
import { isReport, ReportStore } from '../../core/jobs/report-store.js';

/** Keeps what a handler returns as a report where it has the shape of one; the job's result then names it and leaves the text to the report. */
export const withReport =
  <Data>(run: RunHandler<Data>): RunHandler<Data> =>
  async (job, tools) => {
    const result = await run(job, tools);
    if (!isReport(result)) return result;
    const { redis, keys, node, clock } = tools;
    const reportId = await new ReportStore(redis, keys).put({ handler: job.name, queue: job.queue, jobId: job.id, node, atMs: clock.wallMs() }, result);
    const { title, summary, figures = {} } = result;
    return { reportId, title, summary, figures };
  };
