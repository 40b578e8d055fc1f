import { Tags } from 'lucide-react';
import { useReading } from '../../client/use-reading.js';
import { countText, rewardText, shareText } from '../../format/numbers.js';
import { EmptyState } from '../../ui/EmptyState.js';

/** One arm table per intent: few rewards of its own lean on the arm overall. */
export function IntentsPanel() {
  const { value, problem } = useReading('coordinator.intents', {}, 5_000);
  if (problem !== null) return <p className="panel-note panel-problem">{problem}</p>;
  if (value === null) return <p className="panel-note">Reading…</p>;
  if (value.intents.length === 0)
    return (
      <EmptyState icon={<Tags size={20} />} title="No intents yet">
        A request may name its intent, or get one by words set under coordinator.intents in the config.
      </EmptyState>
    );
  return (
    <div className="intents">
      {value.intents.map((table) => (
        <section key={table.intent} className="intent" aria-label={table.intent === 'none' ? 'Without an intent' : table.intent}>
          <h3>
            {table.intent === 'none' ? 'Without an intent' : table.intent} <small>{countText(table.settled)} rewards</small>
          </h3>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Arm</th>
                <th scope="col" className="num">
                  Estimate
                </th>
                <th scope="col" className="num">
                  95 % interval
                </th>
                <th scope="col" className="num">
                  Rewards
                </th>
                <th scope="col" className="num">
                  Share
                </th>
              </tr>
            </thead>
            <tbody>
              {table.arms.map((arm) => (
                <tr key={arm.arm} className="row">
                  <th scope="row">{arm.arm}</th>
                  <td className="num strong">{rewardText(arm.mean)}</td>
                  <td className="num">
                    {rewardText(arm.low)} – {rewardText(arm.high)}
                  </td>
                  <td className="num">{countText(arm.settled)}</td>
                  <td className="num">{shareText(arm.share)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      ))}
    </div>
  );
}
