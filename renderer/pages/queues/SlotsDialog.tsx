import { type FormEvent, useState } from 'react';
import type { WorkerView } from '../../../contract/work-methods.js';
import { useAct } from '../../client/use-act.js';
import { countText } from '../../format/numbers.js';
import { Button } from '../../ui/Button.js';
import { Dialog } from '../../ui/Dialog.js';
import { useToast } from '../../ui/Toasts.js';

/** How many jobs of each of its queues a worker takes side by side. */
export function SlotsDialog({ worker, onDone, onClose }: { readonly worker: WorkerView; readonly onDone: () => void; readonly onClose: () => void }) {
  const toast = useToast();
  const { run, busy } = useAct();
  // As they were when it was opened: an answer that comes meanwhile must not change what a person types.
  const [before] = useState(worker.queues);
  const [drafts, setDrafts] = useState<Readonly<Record<string, string>>>(() =>
    Object.fromEntries(worker.queues.map(({ queue, slots }) => [queue, String(slots)])),
  );
  const changed = before.filter(({ queue, slots }) => drafts[queue] !== String(slots));
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const concurrency = Object.fromEntries(changed.map(({ queue }) => [queue, Number(drafts[queue])]));
    const answer = await run('worker.tune', { worker: worker.name, concurrency }, 'The slots were not changed');
    if (answer === null) return;
    const held = Object.entries(answer.concurrency).map(([queue, slots]) => `${countText(slots)} of ${queue}`);
    toast({ tone: 'good', title: `${worker.name} is tuned`, text: `It takes ${held.join(', ')} side by side.` });
    onDone();
    onClose();
  };
  return (
    <Dialog title={`Slots of ${worker.name}`} onClose={onClose}>
      <form className="form" onSubmit={(event) => void submit(event)}>
        <p className="field-help">
          Jobs it takes side by side, at once, until the config is edited or Roost restarts. No job in hand is stopped.
          {worker.balanced ? ' Its slots follow the load, so Roost may move them again.' : ''}
        </p>
        <div className="slots-fields">
          {before.map(({ queue, configured }) => (
            <div className="field" key={queue}>
              <label htmlFor={`slots-${queue}`}>{queue}</label>
              <input
                id={`slots-${queue}`}
                type="number"
                required
                min={1}
                max={200}
                step={1}
                value={drafts[queue] ?? ''}
                onChange={(event) => setDrafts({ ...drafts, [queue]: event.target.value })}
              />
              <p className="field-help">{countText(configured)} in the config</p>
            </div>
          ))}
        </div>
        <div className="dialog-actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={busy || changed.length === 0}>
            {busy ? 'Changing…' : 'Change'}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
