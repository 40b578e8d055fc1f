import { useEffect, useId, useState } from 'react';
import { type CoordinatorView, policyNames, type Whatif } from '../../../contract/coordinator-views.js';
import { useIsLive } from '../../client/roost.js';
import { useAct } from '../../client/use-act.js';
import { countText, rewardText, shareText } from '../../format/numbers.js';
import { policyText } from '../../format/wording.js';
import { Badge } from '../../ui/Badge.js';
import { Button } from '../../ui/Button.js';

const answers = {
  answer: { tone: 'good', word: 'Answer' },
  preliminary: { tone: 'warn', word: 'Preliminary' },
  'cannot-tell': { tone: 'idle', word: 'Cannot tell' },
} as const;
/** A log of thousands is weighed and played again. */
const deadlineMs = 60_000;

/** What another policy or alpha would have earned on the decisions made here. */
export function WhatifPanel({ coordinator }: { readonly coordinator: CoordinatorView }) {
  const live = useIsLive();
  const { run, busy } = useAct();
  const ids = { policy: useId(), alpha: useId() };
  const [policy, setPolicy] = useState(coordinator.policy);
  const [alpha, setAlpha] = useState(coordinator.alpha);
  const [answer, setAnswer] = useState<Whatif | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: an answer to another question is none
  useEffect(() => setAnswer(null), [policy, alpha]);
  const known = policyNames.find((name) => name === policy);
  const ask = async (): Promise<void> => {
    if (known !== undefined) setAnswer(await run('coordinator.whatif', { policy: known, alpha }, 'The log was not asked', deadlineMs));
  };
  return (
    <div className="whatif">
      <form
        className="form whatif-question"
        onSubmit={(event) => {
          event.preventDefault();
          void ask();
        }}
      >
        <div className="field">
          <label htmlFor={ids.policy}>What if the policy were</label>
          <select id={ids.policy} value={policy} onChange={(event) => setPolicy(event.target.value)}>
            {policyNames.map((name) => (
              <option key={name} value={name}>
                {policyText(name)}
              </option>
            ))}
          </select>
        </div>
        <div className="field">
          <label htmlFor={ids.alpha}>
            with alpha <output>{alpha.toFixed(2)}</output>
          </label>
          <input
            id={ids.alpha}
            className="slider"
            type="range"
            min={0}
            max={3}
            step={0.05}
            value={Math.min(3, alpha)}
            onChange={(event) => setAlpha(Number(event.target.value))}
          />
        </div>
        <Button look="primary" type="submit" disabled={!live || busy}>
          {busy ? 'Asking the log…' : 'Ask the log'}
        </Button>
      </form>
      <div className="whatif-answer" aria-live="polite">
        {answer === null ? (
          <p className="panel-note">
            The log holds the exact probability of every decision, so it can be weighed for another policy. Where it cannot tell, it says so.
          </p>
        ) : (
          <Answer answer={answer} />
        )}
      </div>
    </div>
  );
}

/** The badge says it already. */
const sentence = (text: string): string => {
  const rest = text.replace(/^Preliminary: /, '');
  return rest.charAt(0).toUpperCase() + rest.slice(1);
};

function Answer({ answer }: { readonly answer: Whatif }) {
  const { tone, word } = answers[answer.answer];
  const { estimate, estimators, change } = answer;
  return (
    <>
      <p className="whatif-text">
        <Badge tone={tone}>{word}</Badge> {answer.answer === 'preliminary' ? sentence(answer.text) : answer.text}
      </p>
      <dl className="findings">
        {estimate === null ? null : (
          <>
            <div>
              <dt>Earned</dt>
              <dd>{rewardText(answer.logged)}</dd>
            </div>
            <div>
              <dt>Would have earned</dt>
              <dd>
                {rewardText(estimate.value)}{' '}
                <small>
                  {rewardText(estimate.low)} – {rewardText(estimate.high)}
                </small>
              </dd>
            </div>
          </>
        )}
        {change === null ? null : (
          <div>
            <dt>Change</dt>
            <dd>
              {change.value >= 0 ? '+' : '−'}
              {rewardText(Math.abs(change.value))}
            </dd>
          </div>
        )}
        <div>
          <dt>Decisions</dt>
          <dd>{countText(answer.decisions)}</dd>
        </div>
        <div>
          <dt>Effective sample</dt>
          <dd>{countText(Math.floor(answer.effectiveSample))}</dd>
        </div>
        <div>
          <dt>Largest weight</dt>
          <dd>{answer.largestWeight.toFixed(1)}</dd>
        </div>
        <div>
          <dt>Mean weight</dt>
          <dd>{answer.meanWeight.toFixed(2)}</dd>
        </div>
        <div>
          <dt>Other decisions</dt>
          <dd>{shareText(answer.changed)}</dd>
        </div>
      </dl>
      {estimators === null ? null : (
        <table className="table whatif-estimators">
          <thead>
            <tr>
              {Object.keys(estimators).map((name) => (
                <th key={name} scope="col" className="num">
                  {name.toUpperCase()}
                </th>
              ))}
              <th scope="col" className="num">
                Replay
              </th>
            </tr>
          </thead>
          <tbody>
            <tr className="row">
              {Object.entries(estimators).map(([name, value]) => (
                <td key={name} className="num">
                  {value.toFixed(3)}
                </td>
              ))}
              <td className="num" title="The policy learning from nothing but the decisions it would have made itself">
                {answer.replay === null ? '–' : `${answer.replay.value.toFixed(3)} (${countText(answer.replay.accepted)})`}
              </td>
            </tr>
          </tbody>
        </table>
      )}
    </>
  );
}
