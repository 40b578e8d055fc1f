import { type FormEvent, useState } from 'react';
import { RoostError } from '../../../contract/errors.js';
import { handlerSpecs } from '../../../contract/handlers.js';
import { useRoost } from '../../client/roost.js';
import { goTo } from '../../client/route.js';
import { readData } from '../../format/jobs.js';
import { Button } from '../../ui/Button.js';
import { Dialog } from '../../ui/Dialog.js';
import { useToast } from '../../ui/Toasts.js';

/** Adds a job by hand, or one like another with other data. The host checks the data against what the handler takes. */
export function AddJobDialog({
  queue,
  names,
  like,
  onClose,
}: {
  readonly queue: string;
  /** Offered beside the known handlers. */
  readonly names: readonly string[];
  readonly like?: { readonly id: string; readonly name: string; readonly data: string };
  readonly onClose: () => void;
}) {
  const { connection } = useRoost();
  const toast = useToast();
  const known = [...new Set([...Object.values(handlerSpecs).flatMap((spec) => (spec.queue === queue ? [spec.name] : [])), ...names])].filter(
    (name) => name !== 'turn' && name !== 'coach',
  );
  const [name, setName] = useState(like?.name ?? known[0] ?? '');
  const [text, setText] = useState(like?.data ?? '{}');
  const [delaySeconds, setDelaySeconds] = useState('0');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const read = readData(text);
    if ('problem' in read) return setProblem(read.problem);
    setBusy(true);
    setProblem(null);
    try {
      const { data } = read;
      const delayMs = Math.round(Math.max(0, Number(delaySeconds) || 0) * 1_000);
      const added =
        like === undefined
          ? await connection.call('job.add', { queue, name: name.trim(), data, ...(delayMs === 0 ? {} : { delayMs }) })
          : await connection.call('job.duplicate', { queue, id: like.id, data });
      toast({ tone: 'good', title: 'Job added', text: `${added.id} is in ${added.queue}.` });
      onClose();
      goTo('queues', `${added.queue}/${added.id}`);
    } catch (error) {
      setProblem(error instanceof RoostError ? error.message : 'Something went wrong in this screen.');
      setBusy(false);
    }
  };

  return (
    <Dialog title={like === undefined ? `Add a job to ${queue}` : `Another ${like.name}`} onClose={onClose}>
      <form className="form" onSubmit={(event) => void submit(event)}>
        {like === undefined ? (
          <div className="field-pair">
            <div className="field">
              <label htmlFor="job-name">Handler</label>
              <input
                id="job-name"
                required
                autoFocus
                list="job-names"
                maxLength={128}
                autoComplete="off"
                spellCheck={false}
                value={name}
                onChange={(event) => setName(event.target.value)}
              />
              <datalist id="job-names">
                {known.map((one) => (
                  <option key={one} value={one} />
                ))}
              </datalist>
            </div>
            <div className="field">
              <label htmlFor="job-delay">Delay in seconds</label>
              <input id="job-delay" type="number" min={0} max={31_536_000} value={delaySeconds} onChange={(event) => setDelaySeconds(event.target.value)} />
            </div>
          </div>
        ) : null}
        <div className="field">
          <label htmlFor="job-data">Data</label>
          <textarea id="job-data" className="job-data" rows={10} spellCheck={false} value={text} onChange={(event) => setText(event.target.value)} />
          <p className="field-help">{handlerSpecs[name]?.summary ?? 'A JSON object, as the handler takes it.'}</p>
        </div>
        <p className="field-problem" role="alert">
          {problem}
        </p>
        <div className="dialog-actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={busy || name.trim() === ''}>
            {busy ? 'Adding…' : 'Add job'}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
