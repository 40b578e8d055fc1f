import { Snowflake, Waypoints } from 'lucide-react';
import { type CoordinatorView, phases } from '../../contract/state.js';
import { ArmRewardsChart } from '../charts/ArmRewardsChart.js';
import { armRewardsSeries } from '../charts/armRewardsSeries.js';
import { useSlice } from '../client/roost.js';
import { useNow } from '../client/use-now.js';
import { countText, rewardText, shareText } from '../format/numbers.js';
import { agoText } from '../format/time.js';
import { armStandingText, decisionKindText, phaseMeaning, phaseText, policyText } from '../format/wording.js';
import { Badge } from '../ui/Badge.js';
import { Card } from '../ui/Card.js';
import { EmptyState } from '../ui/EmptyState.js';
import { Tooltip } from '../ui/Tooltip.js';

const phaseEnds = { warmup_early: 0.3, warmup_mid: 0.7, warmup_late: 1, learned: 1 } as const;
const kinds = ['forced', 'explore', 'exploit'] as const;

export function CoordinatorPage() {
  const coordinator = useSlice('coordinator');
  return (
    <>
      <div className="page-head">
        <h1>Coordinator</h1>
        <p>Picks the arm that serves each turn, and learns from rewards</p>
      </div>
      {coordinator === null ? (
        <EmptyState icon={<Waypoints size={20} />} title="Not available yet">
          What the coordinator has learned is kept in Redis. It is shown here as soon as Redis answers.
        </EmptyState>
      ) : (
        <Panels coordinator={coordinator} />
      )}
    </>
  );
}

function Panels({ coordinator }: { readonly coordinator: CoordinatorView }) {
  return (
    <div className="coordinator">
      <PhaseCard coordinator={coordinator} />
      <Card title="Estimated reward" hint="bar: estimate, whisker: 95 % credible interval" className="span-7">
        <ArmRewardsChart rows={armRewardsSeries(coordinator.arms)} />
      </Card>
      <KindsCard coordinator={coordinator} />
      <ArmsCard coordinator={coordinator} />
    </div>
  );
}

function PhaseCard({ coordinator }: { readonly coordinator: CoordinatorView }) {
  const at = phases.indexOf(coordinator.phase);
  return (
    <Card title="Phase" hint={`${countText(coordinator.settled)} of ${countText(coordinator.warmupPulls)} warm-up rewards`}>
      <meter
        className="visually-hidden"
        aria-label="Warm-up"
        aria-valuetext={`${phaseText(coordinator.phase)}, ${shareText(coordinator.progress)}`}
        min={0}
        max={1}
        value={coordinator.progress}
      />
      <div className="phase-bar" aria-hidden="true">
        {phases.map((phase, index) => {
          const from = index === 0 ? 0 : phaseEnds[phases[index - 1] ?? 'warmup_early'];
          const size = phaseEnds[phase] - from;
          const filled = phase === 'learned' ? Number(coordinator.phase === 'learned') : Math.min(1, Math.max(0, (coordinator.progress - from) / size));
          return (
            <div
              key={phase}
              className={`phase phase-${phase}${index === at ? ' phase-now' : ''}${index < at ? ' phase-past' : ''}`}
              style={{ flexGrow: phase === 'learned' ? 0.3 : size }}
            >
              <span className="phase-track">
                <i style={{ width: `${filled * 100}%` }} />
              </span>
              <span className="phase-name">{phaseText(phase)}</span>
            </div>
          );
        })}
      </div>
      <p className="phase-meaning">
        <strong>{phaseText(coordinator.phase)}.</strong> {phaseMeaning(coordinator.phase)}
      </p>
      <dl className="policy-facts">
        <div>
          <dt>Policy</dt>
          <dd>{policyText(coordinator.policy)}</dd>
        </div>
        <div>
          <dt>
            <Tooltip text="Multiplies the uncertainty of each estimate: 1 is the textbook value, more explores more.">Alpha</Tooltip>
          </dt>
          <dd>{coordinator.alpha}</dd>
        </div>
        <div>
          <dt>
            <Tooltip text="Probability that the next turn does not go to the best arm so far.">Exploration share</Tooltip>
          </dt>
          <dd>{shareText(coordinator.explorationShare)}</dd>
        </div>
        <div>
          <dt>
            <Tooltip text="Probability that the next arm is drawn whatever was learned.">Forced share</Tooltip>
          </dt>
          <dd>{shareText(coordinator.epsilon)}</dd>
        </div>
        <div>
          <dt>
            <Tooltip text="Turns that were answered and still wait for a rating or for the end of the feedback window.">Rewards on their way</Tooltip>
          </dt>
          <dd>{countText(coordinator.pendingRewards)}</dd>
        </div>
      </dl>
    </Card>
  );
}

function KindsCard({ coordinator }: { readonly coordinator: CoordinatorView }) {
  const total = kinds.reduce((sum, kind) => sum + coordinator.kinds[kind], 0);
  return (
    <Card title="Decisions" hint={`${countText(coordinator.pulls)} in all`} className="span-5">
      {total === 0 ? (
        <EmptyState icon={<Waypoints size={20} />} title="No decisions yet">
          The first turn of any session makes the first decision.
        </EmptyState>
      ) : (
        <>
          <KindsBar kinds={coordinator.kinds} />
          <dl className="kinds">
            {kinds.map((kind) => {
              const { name, meaning } = decisionKindText(kind);
              return (
                <div key={kind}>
                  <dt>
                    <i className={`chart-key kind-${kind}`} />
                    {name}
                    <small>{meaning}</small>
                  </dt>
                  <dd>
                    {countText(coordinator.kinds[kind])}
                    <small>{shareText(coordinator.kinds[kind] / total)}</small>
                  </dd>
                </div>
              );
            })}
          </dl>
        </>
      )}
    </Card>
  );
}

function KindsBar({ kinds: counts, small = false }: { readonly kinds: CoordinatorView['kinds']; readonly small?: boolean }) {
  const words = kinds.map((kind) => `${decisionKindText(kind).name.toLowerCase()} ${countText(counts[kind])}`).join(', ');
  return (
    <div className={small ? 'kinds-bar kinds-small' : 'kinds-bar'} role="img" aria-label={words} title={words}>
      {kinds
        .filter((kind) => counts[kind] > 0)
        .map((kind) => (
          <i key={kind} className={`kind-${kind}`} style={{ flexGrow: counts[kind] }} />
        ))}
    </div>
  );
}

function ArmsCard({ coordinator }: { readonly coordinator: CoordinatorView }) {
  const nowMs = useNow();
  const arms = [...coordinator.arms].sort((left, right) => right.mean - left.mean || left.arm.localeCompare(right.arm));
  return (
    <Card title="Arms" className="span-12" flush>
      <div className="table-scroll">
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
                Average
              </th>
              <th scope="col" className="num">
                Turns
              </th>
              <th scope="col" className="wide">
                By kind
              </th>
              <th scope="col" className="num">
                Rewards
              </th>
              <th scope="col">Share of next turns</th>
              <th scope="col" className="num wide">
                Prior
              </th>
              <th scope="col" className="num wide">
                Weight
              </th>
              <th scope="col" className="num">
                Last reward
              </th>
            </tr>
          </thead>
          <tbody>
            {arms.map((arm) => (
              <tr key={arm.arm} className="row">
                <th scope="row">
                  <span className="arm-name">
                    {arm.arm}
                    {arm.frozen ? <Badge tone="idle">Frozen</Badge> : null}
                  </span>
                  <small className="arm-standing">
                    {arm.frozen ? <Snowflake size={11} aria-hidden="true" /> : null}
                    {armStandingText(arm)}
                  </small>
                </th>
                <td className="num strong">{rewardText(arm.mean)}</td>
                <td className="num">
                  {rewardText(arm.low)} – {rewardText(arm.high)}
                </td>
                <td className="num">{rewardText(arm.average)}</td>
                <td className="num">{countText(arm.pulls)}</td>
                <td className="wide">
                  <KindsBar kinds={arm.kinds} small />
                </td>
                <td className="num">{countText(arm.settled)}</td>
                <td>
                  <span className="share">
                    <span className="share-track">
                      <i style={{ width: `${Math.min(1, Math.max(0, arm.share)) * 100}%` }} />
                    </span>
                    <span className="share-text">{shareText(arm.share)}</span>
                  </span>
                </td>
                <td className="num wide" title={`The prior still counts for ${shareText(arm.priorWeight)} of the estimate`}>
                  {rewardText(arm.prior)}
                  <small> · {shareText(arm.priorWeight)}</small>
                </td>
                <td className="num wide">{arm.weight}</td>
                <td className="num">{arm.lastRewardAt === null ? 'never' : agoText(nowMs - arm.lastRewardAt)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}
