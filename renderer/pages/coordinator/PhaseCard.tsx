import { type CoordinatorView, phases } from '../../../contract/state.js';
import { countText, shareText } from '../../format/numbers.js';
import { phaseMeaning, phaseText, policyText } from '../../format/wording.js';
import { Card } from '../../ui/Card.js';
import { Tooltip } from '../../ui/Tooltip.js';

const phaseEnds = { warmup_early: 0.3, warmup_mid: 0.7, warmup_late: 1, learned: 1 } as const;

/** How far the warm-up is, and the few numbers behind the next draw. */
export function PhaseCard({ coordinator }: { readonly coordinator: CoordinatorView }) {
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
