import { useEffect, useState } from 'react';
import { RoostError } from '../../../contract/errors.js';
import type { Result } from '../../../contract/methods.js';
import { useRoost } from '../../client/roost.js';
import { printable } from '../../format/printable.js';
import { dateText } from '../../format/time.js';
import { Card } from '../../ui/Card.js';
import { RichText } from '../../ui/RichText.js';
import { Sparkline } from '../../ui/Sparkline.js';
import { figureText } from './figure-text.js';

type Answer = Result<'report.get'>;

/** One report whole, its figures each with its trend. A report does not change once it is written. */
export function ReportView({ id }: { readonly id: string }) {
  const { connection } = useRoost();
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    const abort = new AbortController();
    connection.call('report.get', { id }, { signal: abort.signal }).then(setAnswer, (error: unknown) => {
      if (!abort.signal.aborted) setProblem(error instanceof RoostError ? error.message : 'The report could not be read.');
    });
    return () => abort.abort();
  }, [connection, id]);
  if (answer === null) return <p className="report-problem">{problem ?? 'Reading…'}</p>;
  const { report, trend } = answer;
  const figures = Object.entries(report.figures);
  return (
    <article className="report-view">
      <Card title={printable(report.title)} hint={dateText(report.atMs)}>
        <p className="report-lead">{printable(report.summary)}</p>
        {figures.length === 0 ? null : (
          <dl className="report-figures">
            {figures.map(([name, value]) => (
              <div key={name}>
                <dt>{printable(name)}</dt>
                <dd>
                  <span className="report-figure">{figureText(value)}</span>
                  {trend.length < 2 ? null : <Sparkline values={trend.map((one) => one.figures[name] ?? null)} />}
                </dd>
              </div>
            ))}
          </dl>
        )}
      </Card>
      <Card title="Report" hint={`${report.handler}, job ${report.jobId}`}>
        <RichText text={report.markdown} />
      </Card>
    </article>
  );
}
