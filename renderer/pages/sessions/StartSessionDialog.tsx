import { type FormEvent, useState } from 'react';
import { RoostError } from '../../../contract/errors.js';
import { useRoost, useSlice } from '../../client/roost.js';
import { rememberHint } from '../../client/waiting-hints.js';
import { durationText } from '../../format/time.js';
import { Button } from '../../ui/Button.js';
import { Dialog } from '../../ui/Dialog.js';
import { useToast } from '../../ui/Toasts.js';

const tiers = ['free', 'basic', 'pro'] as const;
type Tier = (typeof tiers)[number];

export function StartSessionDialog({ onClose, onStarted }: { readonly onClose: () => void; readonly onStarted: (sessionId: string) => void }) {
  const { connection, clock } = useRoost();
  const about = useSlice('about');
  const pool = useSlice('pool');
  const toast = useToast();
  const [userId, setUserId] = useState('');
  const [template, setTemplate] = useState(pool.template);
  const [tier, setTier] = useState<Tier>('free');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<{ readonly field: string | undefined; readonly message: string } | null>(null);

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      const answer = await connection.call('session.start', { userId: userId.trim(), template, tier });
      rememberHint(answer.sessionId, {
        position: answer.position ?? null,
        readyAtMs: answer.estimatedWaitMs === undefined ? null : clock.nowMs() + answer.estimatedWaitMs,
      });
      toast({
        tone: answer.status === 'ready' ? 'good' : 'busy',
        title:
          answer.existing === true
            ? 'This user already has a session'
            : answer.status === 'ready'
              ? `Ready${answer.latencyMs === undefined ? '' : ` in ${durationText(answer.latencyMs)}`}`
              : 'Session accepted',
        text: answer.message,
      });
      onClose();
      onStarted(answer.sessionId);
    } catch (error) {
      setProblem(
        error instanceof RoostError ? { field: error.field, message: error.message } : { field: undefined, message: 'Something went wrong in this screen.' },
      );
      setBusy(false);
    }
  };

  return (
    <Dialog title="Start session" onClose={onClose}>
      <form className="form" onSubmit={(event) => void submit(event)}>
        <div className="field">
          <label htmlFor="user-id">User</label>
          <input
            id="user-id"
            autoFocus
            required
            maxLength={128}
            autoComplete="off"
            spellCheck={false}
            placeholder="for example alice"
            value={userId}
            aria-invalid={problem?.field === 'userId'}
            aria-describedby="user-id-help"
            onChange={(event) => setUserId(event.target.value)}
          />
          <p className="field-help" id="user-id-help">
            Letters, digits and . _ @ + - . The same user gets the same session again.
          </p>
        </div>
        <div className="field-pair">
          <div className="field">
            <label htmlFor="template">Template</label>
            <select id="template" value={template} onChange={(event) => setTemplate(event.target.value)}>
              {[...new Set([pool.template, ...about.templates])].map((name) => (
                <option key={name} value={name}>
                  {name}
                  {name === pool.template ? ' (kept warm)' : ''}
                </option>
              ))}
            </select>
          </div>
          <div className="field">
            <label htmlFor="tier">Tier</label>
            <select id="tier" value={tier} onChange={(event) => setTier(tiers.find((name) => name === event.target.value) ?? 'free')}>
              {tiers.map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
          </div>
        </div>
        <p className="field-problem" role="alert">
          {problem?.message}
        </p>
        <div className="dialog-actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={busy || userId.trim() === ''}>
            {busy ? 'Starting…' : 'Start session'}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
