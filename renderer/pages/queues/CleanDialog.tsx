import { type FormEvent, useState } from 'react';
import { maxClean } from '../../../contract/queue-methods.js';
import { useAct } from '../../client/use-act.js';
import { countText } from '../../format/numbers.js';
import { Button } from '../../ui/Button.js';
import { Dialog } from '../../ui/Dialog.js';
import { useToast } from '../../ui/Toasts.js';

const hourMs = 3_600_000;
const ages = [
  { label: 'of any age', ms: 0 },
  { label: 'older than an hour', ms: hourMs },
  { label: 'older than a day', ms: 24 * hourMs },
  { label: 'older than a week', ms: 7 * 24 * hourMs },
] as const;
const slowMs = 90_000;

/** Removes many jobs at once, after saying how many and which. */
export function CleanDialog({
  queue,
  state,
  count,
  onDone,
  onClose,
}: {
  readonly queue: string;
  readonly state: 'waiting' | 'delayed' | 'failed' | 'completed';
  readonly count: number;
  readonly onDone: () => void;
  readonly onClose: () => void;
}) {
  const toast = useToast();
  const { run, busy } = useAct();
  const [olderThanMs, setOlderThanMs] = useState(0);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const answer = await run('queue.clean', { queue, state, olderThanMs, limit: maxClean }, 'The jobs were not removed', slowMs);
    if (answer === null) return;
    toast({ tone: 'good', title: `${countText(answer.removed)} removed`, text: `${countText(answer.left)} ${state} left in ${queue}.` });
    onDone();
    onClose();
  };
  return (
    <Dialog title={`Remove ${state} jobs of ${queue}?`} onClose={onClose}>
      <form className="form" onSubmit={(event) => void submit(event)}>
        <div className="field">
          <label htmlFor="clean-age">Which of the {countText(count)}</label>
          <select id="clean-age" value={olderThanMs} onChange={(event) => setOlderThanMs(Number(event.target.value))}>
            {ages.map(({ label, ms }) => (
              <option key={ms} value={ms}>
                {label}
              </option>
            ))}
          </select>
          <p className="field-help">
            {state === 'waiting' || state === 'delayed' ? 'They never run. ' : 'Their data, results and logs go with them; the history keeps a line of each. '}
            The oldest first, at most {countText(maxClean)} at a time.
          </p>
        </div>
        <div className="dialog-actions">
          <Button autoFocus onClick={onClose}>
            Keep them
          </Button>
          <Button type="submit" look="danger" disabled={busy}>
            {busy ? 'Removing…' : 'Remove'}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
