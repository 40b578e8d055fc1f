import { RotateCcw, Undo2 } from 'lucide-react';
import { useEffect, useId, useState } from 'react';
import { type CoordinatorView, policyNames } from '../../../contract/coordinator-views.js';
import { useIsLive } from '../../client/roost.js';
import { useAct } from '../../client/use-act.js';
import { useNow } from '../../client/use-now.js';
import { agoText } from '../../format/time.js';
import { policyText } from '../../format/wording.js';
import { Button } from '../../ui/Button.js';
import { Card } from '../../ui/Card.js';

/** Policy and alpha with their formula; what was changed from the file, and the way back. */
export function PolicyCard({ coordinator }: { readonly coordinator: CoordinatorView }) {
  const live = useIsLive();
  const nowMs = useNow();
  const { run, busy } = useAct();
  const ids = { policy: useId(), alpha: useId() };
  const [policy, setPolicy] = useState(coordinator.policy);
  const [alpha, setAlpha] = useState(coordinator.alpha);
  // Somebody else's change is what counts now.
  useEffect(() => setPolicy(coordinator.policy), [coordinator.policy]);
  useEffect(() => setAlpha(coordinator.alpha), [coordinator.alpha]);
  const isChanged = policy !== coordinator.policy || alpha !== coordinator.alpha;
  const known = policyNames.find((name) => name === policy);
  const { changes, lastChange, warnings, formulas } = coordinator;
  return (
    <Card
      title="Policy"
      className="span-5"
      actions={
        <>
          {lastChange === null ? null : (
            <Button
              size="small"
              look="quiet"
              icon={<Undo2 size={14} aria-hidden="true" />}
              disabled={!live || busy}
              title={`Takes back: ${lastChange.what}`}
              onClick={() => void run('coordinator.undo', {}, 'Nothing was taken back')}
            >
              Undo
            </Button>
          )}
          {changes.length === 0 ? null : (
            <Button
              size="small"
              look="quiet"
              icon={<RotateCcw size={14} aria-hidden="true" />}
              disabled={!live || busy}
              title="Drops everything changed here: the file alone counts again"
              onClick={() => void run('coordinator.revert', {}, 'The settings were not reverted')}
            >
              Back to the file
            </Button>
          )}
        </>
      }
    >
      <div className="form">
        <div className="field">
          <label htmlFor={ids.policy}>Policy</label>
          <select id={ids.policy} className="input" value={policy} disabled={!live} onChange={(event) => setPolicy(event.target.value)}>
            {policyNames.map((name) => (
              <option key={name} value={name}>
                {policyText(name)}
              </option>
            ))}
          </select>
        </div>
        <div className="field">
          <label htmlFor={ids.alpha}>
            Alpha <output>{alpha.toFixed(2)}</output>
          </label>
          <input
            id={ids.alpha}
            className="slider"
            type="range"
            min={0}
            max={3}
            step={0.05}
            value={Math.min(3, alpha)}
            disabled={!live}
            onChange={(event) => setAlpha(Number(event.target.value))}
          />
          <span className="field-help formula">{policy === coordinator.policy ? formulas.policy : 'Its formula is shown once it decides.'}</span>
        </div>
        {isChanged ? (
          <div className="dialog-actions">
            <Button
              onClick={() => {
                setPolicy(coordinator.policy);
                setAlpha(coordinator.alpha);
              }}
            >
              Discard
            </Button>
            <Button
              look="primary"
              disabled={!live || busy || known === undefined}
              onClick={() =>
                void (known !== undefined && run('coordinator.patch', { policy: known, alpha, version: coordinator.version }, 'The policy was not changed'))
              }
            >
              Apply
            </Button>
          </div>
        ) : null}
      </div>
      <dl className="rules">
        <div>
          <dt>Reward</dt>
          <dd>{formulas.reward}</dd>
        </div>
        <div>
          <dt>Memory</dt>
          <dd>{formulas.memory}</dd>
        </div>
      </dl>
      {changes.length === 0 ? null : (
        <ul className="changed-list" aria-label="Changed from the file">
          {changes.map((change) => (
            <li key={change.path}>
              <code>{change.path}</code> is {change.now}, the file says {change.file}
            </li>
          ))}
          {lastChange === null ? null : (
            <li className="changed-last">
              Last: {lastChange.what}, {agoText(nowMs - lastChange.atMs)}, by {lastChange.actor}
            </li>
          )}
        </ul>
      )}
      {warnings.map((warning) => (
        <p key={warning} className="coordinator-warning">
          {warning}
        </p>
      ))}
    </Card>
  );
}
