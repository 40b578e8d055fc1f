import { ListTree } from 'lucide-react';
import { hrefTo } from '../../client/route.js';
import { useReading } from '../../client/use-reading.js';
import { rewardText, shareText } from '../../format/numbers.js';
import { clockText, dateText } from '../../format/time.js';
import { decisionKindText } from '../../format/wording.js';
import { EmptyState } from '../../ui/EmptyState.js';

/** The newest decisions of the log; each opens with everything it rested on. */
export function DecisionsPanel() {
  const { value, problem } = useReading('coordinator.decisions', { limit: 50 }, 5_000);
  if (problem !== null) return <p className="panel-note panel-problem">{problem}</p>;
  if (value === null) return <p className="panel-note">Reading…</p>;
  if (value.decisions.length === 0)
    return (
      <EmptyState icon={<ListTree size={20} />} title="No decisions yet">
        The first turn of any session makes the first one.
      </EmptyState>
    );
  return (
    <div className="table-scroll">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Turn</th>
            <th scope="col">Time</th>
            <th scope="col">Intent</th>
            <th scope="col">Arm</th>
            <th scope="col">Kind</th>
            <th scope="col" className="num">
              Probability
            </th>
            <th scope="col" className="num">
              Reward
            </th>
          </tr>
        </thead>
        <tbody>
          {value.decisions.map((one) => (
            <tr key={one.turnId} className="row">
              <th scope="row">
                <a className="decision-link" href={hrefTo('coordinator', one.turnId)}>
                  {one.turnId}
                </a>
              </th>
              <td title={dateText(one.atMs)}>{clockText(one.atMs)}</td>
              <td>{one.intent ?? '–'}</td>
              <td>{one.arm}</td>
              <td>{decisionKindText(one.kind).name}</td>
              <td className="num">{shareText(one.propensity)}</td>
              <td className="num">{rewardText(one.reward)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
