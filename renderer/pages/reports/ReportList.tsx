import type { ReportSummary } from '../../../contract/reports.js';
import { goTo } from '../../client/route.js';
import { useNow } from '../../client/use-now.js';
import { printable } from '../../format/printable.js';
import { agoText, dateText } from '../../format/time.js';

export function ReportList({
  reports,
  handlers,
  handler,
  shown,
  onHandler,
}: {
  readonly reports: readonly ReportSummary[];
  readonly handlers: readonly { readonly handler: string; readonly reports: number }[];
  readonly handler: string | null;
  readonly shown: string | null;
  readonly onHandler: (handler: string | null) => void;
}) {
  const nowMs = useNow();
  return (
    <nav className="report-list" aria-label="Reports">
      <label className="report-filter">
        <span className="visually-hidden">Handler</span>
        <select
          className="input"
          value={handler ?? ''}
          onChange={(event) => {
            onHandler(event.target.value === '' ? null : event.target.value);
            goTo('reports');
          }}
        >
          <option value="">All handlers</option>
          {handlers.map((one) => (
            <option key={one.handler} value={one.handler}>
              {one.handler} ({one.reports})
            </option>
          ))}
        </select>
      </label>
      <ul>
        {reports.map((report) => (
          <li key={report.id}>
            <button type="button" aria-current={report.id === shown ? 'true' : undefined} onClick={() => goTo('reports', report.id)}>
              <span className="report-words">
                <span className="report-name">{printable(report.title)}</span>
                <span className="report-summary">{printable(report.summary)}</span>
              </span>
              <time title={dateText(report.atMs)}>{agoText(nowMs - report.atMs)}</time>
            </button>
          </li>
        ))}
      </ul>
    </nav>
  );
}
