import { RoostError } from '../../contract/errors.js';
import type { Report } from '../../contract/reports.js';

/** One report as a test sees it behind the doors. */
export const fakeReport: Report = {
  id: 'governance-1',
  handler: 'governance',
  queue: 'governance',
  jobId: 'j-1',
  node: 'n1',
  atMs: 1_700_000_000_000,
  title: 'Governance',
  summary: 'Everything keeps to the policy.',
  figures: { findings: 0 },
  markdown: 'Nothing is in breach of the **policy**.',
};
const { markdown: _text, ...fakeSummary } = fakeReport;

export const fakeReports = {
  'report.list': async () => ({ reports: [fakeSummary], total: 1, handlers: [{ handler: 'governance', reports: 1, lastAtMs: fakeReport.atMs }] }),
  'report.get': async ({ id }: { readonly id: string }) => {
    if (id !== fakeReport.id) throw new RoostError('not-found', `there is no report ${id}`);
    return { report: fakeReport, trend: [{ id, atMs: fakeReport.atMs, figures: fakeReport.figures }] };
  },
};
