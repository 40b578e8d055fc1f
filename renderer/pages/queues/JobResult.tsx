import { hrefTo } from '../../client/route.js';
import { jsonText } from '../../format/jobs.js';
import { printable } from '../../format/printable.js';
import { RichText } from '../../ui/RichText.js';

interface Report {
  readonly title: string;
  readonly summary: string;
  readonly markdown: string;
}

const isReport = (value: unknown): value is Report =>
  typeof value === 'object' &&
  value !== null &&
  (['title', 'summary', 'markdown'] as const).every((key) => typeof (value as Record<string, unknown>)[key] === 'string');

const reportOf = (value: unknown): string | null => {
  const id = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)['reportId'] : null;
  return typeof id === 'string' ? id : null;
};

/** What a job gave back: a report to read where it is one, else JSON. */
export function JobResult({ value }: { readonly value: unknown }) {
  return (
    <section aria-label="Result">
      <h3>Result</h3>
      {reportOf(value) === null ? null : (
        <p>
          <a className="text-link" href={hrefTo('reports', reportOf(value) ?? '')}>
            Read the report
          </a>
        </p>
      )}
      {isReport(value) ? (
        <div className="job-report">
          <h4>{printable(value.title)}</h4>
          <p>{printable(value.summary)}</p>
          <RichText text={value.markdown} />
        </div>
      ) : (
        <pre className="job-json">{printable(jsonText(value))}</pre>
      )}
    </section>
  );
}
