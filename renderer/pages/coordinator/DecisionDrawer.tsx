import type { DecisionView } from '../../../contract/coordinator-views.js';
import { useReading } from '../../client/use-reading.js';
import { countText, rewardText, shareText } from '../../format/numbers.js';
import { printable } from '../../format/printable.js';
import { dateText } from '../../format/time.js';
import { decisionKindText, phaseText, policyText } from '../../format/wording.js';
import { Drawer } from '../../ui/Drawer.js';

/** Width that stands for an arm that had to be tried first. */
const unbounded = 1e9;
const settledWords = { feedback: 'by a rating', timeout: 'by outcome and latency', amend: 'amended by a late rating' } as const;

/** How the arm of one turn was chosen: every arm's score and probability, the draw, and what came of it. */
export function DecisionDrawer({ turnId, onClose }: { readonly turnId: string; readonly onClose: () => void }) {
  const { value, problem } = useReading('coordinator.decision', { turnId }, 3_000);
  return (
    <Drawer title={`Decision of ${turnId}`} onClose={onClose}>
      {problem === null ? null : <p className="panel-note panel-problem">{problem}</p>}
      {value === null ? problem === null ? <p className="panel-note">Reading…</p> : null : <Inspector decision={value.decision} />}
    </Drawer>
  );
}

function Inspector({ decision }: { readonly decision: DecisionView }) {
  return (
    <>
      <p className="inspector-head">
        <strong>{decision.arm}</strong> with probability {shareText(decision.propensity)}: {decisionKindText(decision.kind).meaning}.
      </p>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Arm</th>
            <th scope="col" className="num">
              Score
            </th>
            <th scope="col" className="num">
              Width
            </th>
            <th scope="col" className="num">
              Rewards
            </th>
            <th scope="col">Probability</th>
          </tr>
        </thead>
        <tbody>
          {decision.arms.map((arm) => (
            <tr key={arm.arm} className={arm.arm === decision.arm ? 'row inspector-chosen' : 'row'}>
              <th scope="row">{arm.arm}</th>
              <td className="num">{arm.score.toFixed(3)}</td>
              <td className="num">{arm.width >= unbounded ? 'untried' : arm.width.toFixed(3)}</td>
              <td className="num">{countText(Math.round(arm.n))}</td>
              <td>
                <span className="share">
                  <span className="share-track">
                    <i style={{ width: `${arm.probability * 100}%` }} />
                  </span>
                  <span className="share-text">{shareText(arm.probability)}</span>
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <dl className="findings findings-tall">
        <Fact name="Time" value={dateText(decision.atMs)} />
        <Fact name="Intent" value={decision.intent ?? 'none'} />
        <Fact name="Policy" value={`${policyText(decision.policy)}, alpha ${decision.alpha}`} />
        <Fact name="Phase" value={phaseText(decision.phase)} />
        <Fact name="Forced share" value={shareText(decision.epsilon)} />
        <Fact name="Drawn by u" value={decision.u.toFixed(6)} />
        <Fact name="Settings, state" value={`version ${countText(decision.configVersion)}, ${countText(decision.stateVersion)}`} />
        <Fact
          name="Reward"
          value={
            decision.reward === null ? 'none yet' : `${rewardText(decision.reward)} ${decision.settledBy === null ? '' : settledWords[decision.settledBy]}`
          }
        />
        {decision.settledAtMs === null ? null : (
          <Fact name="Settled after" value={`${Math.max(0, Math.round((decision.settledAtMs - decision.atMs) / 1_000))} s`} />
        )}
        {decision.parts === null ? null : <Fact name="Outcome" value={decision.parts} />}
        {decision.rating === null ? null : <Fact name="Rating" value={`${decision.rating} of 5`} />}
      </dl>
      {decision.comment === null ? null : <blockquote className="inspector-comment">{printable(decision.comment)}</blockquote>}
    </>
  );
}

const Fact = ({ name, value }: { readonly name: string; readonly value: string }) => (
  <div>
    <dt>{name}</dt>
    <dd>{value}</dd>
  </div>
);
