import type { TemplateView } from '../../../contract/state.js';
import { useNow } from '../../client/use-now.js';
import { bytesText } from '../../format/numbers.js';
import { ageText, durationText } from '../../format/time.js';
import { latelyText } from '../../format/wording.js';
import { Card } from '../../ui/Card.js';
import { StatusIcon } from '../../ui/StatusIcon.js';

/** Warm agents by template: what is asked for, what is kept now, and why it is another number. */
export function TemplateCard({ templates, own }: { readonly templates: readonly TemplateView[]; readonly own: string }) {
  const nowMs = useNow();
  return (
    <Card title="Templates" flush>
      <div className="table-scroll">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Template</th>
              <th scope="col" className="num">
                Warm
              </th>
              <th scope="col" className="num">
                Wanted
              </th>
              <th scope="col" className="num">
                Starting
              </th>
              <th scope="col" className="num">
                In sessions
              </th>
              <th scope="col" className="num" title="What one more is expected to use">
                Each
              </th>
              <th scope="col" className="num" title="Mean running time of an agent between failures, today and the seven days before it">
                MTBF
              </th>
            </tr>
          </thead>
          <tbody>
            {templates.map((view) => (
              <tr key={view.template} className="row">
                <th scope="row">
                  <span className="agent-template">
                    <StatusIcon tone={view.trouble !== null ? 'bad' : view.ready < view.wanted ? 'busy' : view.wanted === 0 ? 'idle' : 'good'} size={13} />
                    <span>{view.template}</span>
                    {view.template === own ? <small>pool</small> : null}
                  </span>
                  {view.trouble === null ? null : <p className="agent-trouble">{troubleOf(view.trouble, view.retryAtMs ?? null, nowMs)}</p>}
                </th>
                <td className="num strong">{view.ready}</td>
                <td className="num" title={view.wanted === view.target ? undefined : `configured: ${view.target}`}>
                  {view.wanted}
                  {view.wanted === view.target ? '' : ` of ${view.target}`}
                </td>
                <td className="num">{view.starting}</td>
                <td className="num">{view.assigned}</td>
                <td className="num">{bytesText(view.estimateBytes)}</td>
                <td className="num" title={view.figures === undefined ? undefined : latelyText(view.figures)}>
                  {durationText(view.figures?.mtbfMs ?? null)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}

/** The host's own sentence, with the countdown of a pause. */
function troubleOf(trouble: string, retryAtMs: number | null, nowMs: number): string {
  return retryAtMs === null || retryAtMs <= nowMs ? trouble : `${trouble.replace(/\.$/, '')} · next try in ${ageText(retryAtMs - nowMs)}`;
}
