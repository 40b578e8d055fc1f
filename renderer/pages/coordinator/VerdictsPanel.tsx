import { Scale } from 'lucide-react';
import type { CoordinatorView, Verdict } from '../../../contract/coordinator-views.js';
import { countText, rewardText } from '../../format/numbers.js';
import { verdictTone, verdictWord } from '../../format/verdicts.js';
import { Badge } from '../../ui/Badge.js';
import { EmptyState } from '../../ui/EmptyState.js';

/** Which arm is worse and by how much, or what it takes to tell: valid however often somebody looks. */
export function VerdictsPanel({ coordinator }: { readonly coordinator: CoordinatorView }) {
  const verdicts = coordinator.arms.flatMap((arm) => (arm.verdict === null ? [] : [arm.verdict]));
  if (verdicts.length === 0)
    return (
      <EmptyState icon={<Scale size={20} />} title="No verdicts">
        Without a forced share after the warm-up (floor 0) nothing valid can be said about the arms.
      </EmptyState>
    );
  return (
    <>
      <ul className="verdicts">
        {verdicts.map((verdict) => (
          <VerdictRow key={verdict.arm} verdict={verdict} />
        ))}
      </ul>
      <p className="panel-note">
        Each arm is tested against the leader (a gap of at least 0.02, 20 own rewards, three windows of 50 settled turns in a row). Intervals and tests are
        valid at every look; the unbiased average weighs each reward by 1 / its probability.
      </p>
    </>
  );
}

function VerdictRow({ verdict }: { readonly verdict: Verdict }) {
  const share = Math.min(1, verdict.threshold === 0 ? 0 : verdict.evidence / verdict.threshold);
  return (
    <li className="verdict">
      <div className="verdict-head">
        <strong>{verdict.arm}</strong>
        <Badge tone={verdictTone(verdict.state)}>{verdictWord(verdict)}</Badge>
      </div>
      <p>{verdict.text}</p>
      <dl className="findings">
        <div>
          <dt>Average</dt>
          <dd>{rewardText(verdict.average)}</dd>
        </div>
        <div>
          <dt>Always-valid interval</dt>
          <dd>
            {rewardText(verdict.low)} – {rewardText(verdict.high)}
          </dd>
        </div>
        <div>
          <dt>Unbiased average</dt>
          <dd>{rewardText(verdict.hajek)}</dd>
        </div>
        <div>
          <dt>Rewards</dt>
          <dd>{countText(verdict.settled)}</dd>
        </div>
        {verdict.leader === null ? null : (
          <div>
            <dt>Evidence against {verdict.leader}</dt>
            <dd>
              <span className="share">
                <span className="share-track">
                  <i style={{ width: `${share * 100}%` }} />
                </span>
                <span className="share-text">
                  {verdict.evidence.toFixed(1)} of {verdict.threshold.toFixed(1)}
                </span>
              </span>
            </dd>
          </div>
        )}
      </dl>
    </li>
  );
}
