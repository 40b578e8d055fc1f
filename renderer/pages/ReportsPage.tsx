import { FileText } from 'lucide-react';
import { useState } from 'react';
import { plural } from '../format/numbers.js';
import { EmptyState } from '../ui/EmptyState.js';
import { ReportList } from './reports/ReportList.js';
import { ReportView } from './reports/ReportView.js';
import { useReports } from './reports/use-reports.js';
import './reports/reports.css';

/** What handlers wrote for people, the newest first; one of them open. */
export function ReportsPage({ open }: { readonly open: string | null }) {
  const [handler, setHandler] = useState<string | null>(null);
  const { found, problem } = useReports(handler);
  const shown = open ?? found?.reports[0]?.id ?? null;
  return (
    <>
      <div className="page-head">
        <h1>Reports</h1>
        <p>{found === null ? (problem ?? 'reading…') : found.total === 0 ? 'none so far' : `${plural(found.total, 'report')} of the last 90 days`}</p>
      </div>
      {found !== null && found.total === 0 && handler === null && open === null ? (
        <EmptyState icon={<FileText size={20} />} title="Nothing has been reported yet">
          Governance, analytics, cleanup, competitor analysis and the trend scan each leave a report when their schedule runs. A schedule can also be run by
          hand.
        </EmptyState>
      ) : (
        <div className="reports-split">
          <ReportList reports={found?.reports ?? []} handlers={found?.handlers ?? []} handler={handler} shown={shown} onHandler={setHandler} />
          {shown === null ? <p className="report-problem">{problem ?? 'No report of this kind.'}</p> : <ReportView key={shown} id={shown} />}
        </div>
      )}
    </>
  );
}
