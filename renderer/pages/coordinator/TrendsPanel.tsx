import { ChartSpline } from 'lucide-react';
import type { Trends } from '../../../contract/coordinator-views.js';
import { LearningChart } from '../../charts/LearningChart.js';
import { learningSeries } from '../../charts/learningSeries.js';
import { useReading } from '../../client/use-reading.js';
import { countText, rewardText, shareText } from '../../format/numbers.js';
import { printable } from '../../format/printable.js';
import { Badge } from '../../ui/Badge.js';
import { EmptyState } from '../../ui/EmptyState.js';

/** Is it learning, and what do people say? */
export function TrendsPanel() {
  const { value, problem } = useReading('coordinator.trends', {}, 10_000);
  if (problem !== null) return <p className="panel-note panel-problem">{problem}</p>;
  if (value === null) return <p className="panel-note">Reading…</p>;
  const series = learningSeries(value.stretches);
  return (
    <>
      <p className="learning-line">
        <Badge tone={value.learning.yes ? 'good' : 'idle'}>{value.learning.yes ? 'Learning' : 'Not proved yet'}</Badge> {value.learning.text}
      </p>
      {series.points.length === 0 ? (
        <EmptyState icon={<ChartSpline size={20} />} title="Nothing settled yet">
          Each stretch of 50 settled turns becomes a point here.
        </EmptyState>
      ) : (
        <LearningChart series={series} />
      )}
      <Feedback trends={value} />
    </>
  );
}

function Feedback({ trends: { feedback, exploration, reward, decisions } }: { readonly trends: Trends }) {
  return (
    <div className="feedback">
      <dl className="findings">
        <div>
          <dt>Exploration, early and now</dt>
          <dd>
            {shareText(exploration.early)} → {shareText(exploration.now)}
          </dd>
        </div>
        <div>
          <dt>Mean reward, early and now</dt>
          <dd>
            {rewardText(reward.early)} → {rewardText(reward.now)}
          </dd>
        </div>
        <div>
          <dt>Ratings</dt>
          <dd>
            {countText(feedback.ratings)} <small>of {countText(decisions)} turns</small>
          </dd>
        </div>
        <div>
          <dt>Average rating</dt>
          <dd>{feedback.average === null ? '–' : `${feedback.average.toFixed(1)} of 5`}</dd>
        </div>
      </dl>
      <div className="feedback-tables">
        {feedback.byIntent.length === 0 ? null : (
          <table className="table">
            <caption className="visually-hidden">Feedback by intent</caption>
            <thead>
              <tr>
                <th scope="col">Intent</th>
                <th scope="col" className="num">
                  Turns
                </th>
                <th scope="col" className="num">
                  Ratings
                </th>
                <th scope="col" className="num">
                  Average
                </th>
              </tr>
            </thead>
            <tbody>
              {feedback.byIntent.map((one) => (
                <tr key={one.intent} className="row">
                  <th scope="row">{one.intent}</th>
                  <td className="num">{countText(one.turns)}</td>
                  <td className="num">{countText(one.ratings)}</td>
                  <td className="num">{one.average === null ? '–' : one.average.toFixed(1)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        <div>
          <h3>Commonest complaints</h3>
          {feedback.complaints.length === 0 ? (
            <p className="panel-note">No comment came with one or two stars.</p>
          ) : (
            <ul className="complaints">
              {feedback.complaints.map((one) => (
                <li key={one.term} title={printable(one.example)}>
                  {printable(one.term)} <b>{countText(one.count)}</b>
                </li>
              ))}
            </ul>
          )}
        </div>
      </div>
    </div>
  );
}
