import { type FormEvent, useState } from 'react';
import { parseDurationMs } from '../../../contract/quantities.js';
import { useAct } from '../../client/use-act.js';
import { type Rate, rateDraft, rateLimitText } from '../../format/workers.js';
import { Button } from '../../ui/Button.js';
import { Dialog } from '../../ui/Dialog.js';
import { useToast } from '../../ui/Toasts.js';

/** How many jobs of a queue may begin in a time, on all nodes together. */
export function RateDialog({ queue, rate, onClose }: { readonly queue: string; readonly rate: Rate | undefined; readonly onClose: () => void }) {
  const toast = useToast();
  const { run, busy } = useAct();
  const [draft, setDraft] = useState(rateDraft(rate));
  const [problem, setProblem] = useState('');
  const set = async (wanted: Rate | null): Promise<void> => {
    const answer = await run('queue.tune', { queue, rate: wanted }, 'The rate limit was not changed');
    if (answer === null) return;
    toast({
      tone: 'good',
      title: answer.rate === null ? `${queue} has no rate limit` : `${queue} is limited`,
      text: answer.rate === null ? '' : `At most ${rateLimitText(answer.rate)}.`,
    });
    onClose();
  };
  const submit = (event: FormEvent): Promise<void> | undefined => {
    event.preventDefault();
    const everyMs = parseDurationMs(draft.every);
    if (everyMs === undefined || everyMs < 100 || everyMs > 86_400_000) {
      setProblem('A time such as 1s, 30s or 5m, from 100ms to 1d.');
      return undefined;
    }
    setProblem('');
    return set({ max: Number(draft.max), everyMs });
  };
  return (
    <Dialog title={`Rate limit of ${queue}`} onClose={onClose}>
      <form className="form" onSubmit={(event) => void submit(event)}>
        <div className="field-pair">
          <div className="field">
            <label htmlFor="rate-max">Jobs that may begin</label>
            <input
              id="rate-max"
              type="number"
              required
              autoFocus
              min={1}
              max={1_000_000}
              step={1}
              value={draft.max}
              onChange={(event) => setDraft({ ...draft, max: event.target.value })}
            />
          </div>
          <div className="field">
            <label htmlFor="rate-every">within any</label>
            <input
              id="rate-every"
              required
              maxLength={20}
              autoComplete="off"
              spellCheck={false}
              value={draft.every}
              onChange={(event) => setDraft({ ...draft, every: event.target.value })}
            />
          </div>
        </div>
        <p className="field-help">
          On all nodes together, until the config is edited. {rate === undefined ? 'There is none now.' : `Now ${rateLimitText(rate)}.`}
        </p>
        <p className="field-problem" role="alert">
          {problem}
        </p>
        <div className="dialog-actions">
          {rate === undefined ? null : (
            <Button look="danger" disabled={busy} onClick={() => void set(null)}>
              No limit
            </Button>
          )}
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={busy}>
            {busy ? 'Changing…' : 'Change'}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
