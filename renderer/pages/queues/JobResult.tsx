import { hrefTo } from '../../client/route.js';
import { jsonText } from '../../format/jobs.js';
import { printable } from '../../format/printable.js';
import { RichText } from '../../ui/RichText.js';

interface Report {
  readonly title: string;
  readonly summary: string;
  /** Kept apart under this id, or part of the result. */
  readonly reportId?: string;
  readonly markdown?: string;
}

function reportOf(value: unknown): Report | null {
  if (typeof value !== 'object' || value === null) return null;
  const { title, summary, reportId, markdown } = value as Readonly<Record<string, unknown>>;
  if (typeof title !== 'string' || typeof summary !== 'string') return null;
  if (typeof reportId === 'string') return { title, summary, reportId };
  return typeof markdown === 'string' ? { title, summary, markdown } : null;
}

/** What a job gave back: a report to read where it is one, else JSON. */
export function JobResult({ value }: { readonly value: unknown }) {
  const report = reportOf(value);
  return (
    <section aria-label="Result">
      <h3>Result</h3>
      {report === null ? (
        <pre className="job-json">{printable(jsonText(value))}</pre>
      ) : (
        <div className="job-report">
          <h4>{printable(report.title)}</h4>
          <p>{printable(report.summary)}</p>
          {report.markdown === undefined ? null : <RichText text={report.markdown} />}
          {report.reportId === undefined ? null : (
            <a className="text-link" href={hrefTo('reports', report.reportId)}>
              Read the report
            </a>
          )}
        </div>
      )}
    </section>
  );
}
