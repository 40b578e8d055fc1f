import { type FormEvent, useEffect, useState } from 'react';
import { RoostError } from '../../../contract/errors.js';
import { useRoost } from '../../client/roost.js';
import { Button } from '../../ui/Button.js';
import { Dialog } from '../../ui/Dialog.js';
import { useToast } from '../../ui/Toasts.js';
import { objectFrom } from './draft-form.js';

/** One run at once, with other data than its own. */
export function RunDialog({ name, onClose }: { readonly name: string; readonly onClose: () => void }) {
  const { connection } = useRoost();
  const toast = useToast();
  const [text, setText] = useState<string | null>(null);
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    connection.call('schedule.get', { name, limit: 1 }).then(
      ({ draft }) => setText((typed) => typed ?? JSON.stringify(draft.data ?? {}, null, 2)),
      () => setText((typed) => typed ?? '{}'),
    );
  }, [connection, name]);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      const { run } = await connection.call('schedule.run', { name, data: objectFrom(text ?? '{}') });
      toast({ tone: 'good', title: `${name} is in line`, text: `As ${run.jobId ?? ''} in the queue ${run.queue}.` });
      onClose();
    } catch (error) {
      setProblem(error instanceof RoostError || error instanceof SyntaxError ? error.message : 'Something went wrong in this screen.');
      setBusy(false);
    }
  };
  return (
    <Dialog title={`Run ${name} now`} onClose={onClose}>
      <form className="form" onSubmit={(event) => void submit(event)}>
        <div className="field">
          <label htmlFor="run-data">Data of this run</label>
          <textarea
            id="run-data"
            className="code-input"
            rows={8}
            spellCheck={false}
            autoFocus
            // What is typed before its own data are there would mix with them.
            readOnly={text === null}
            value={text ?? ''}
            onChange={(event) => setText(event.target.value)}
          />
          <p className="field-help">JSON. The schedule itself keeps its own.</p>
        </div>
        <p className="field-problem" role="alert">
          {problem}
        </p>
        <div className="dialog-actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={busy || text === null}>
            Run now
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
