import { type FormEvent, useEffect, useState } from 'react';
import { RoostError } from '../../../contract/errors.js';
import { handlerSpecs } from '../../../contract/handlers.js';
import { useRoost } from '../../client/roost.js';
import { useNow } from '../../client/use-now.js';
import { untilText, zonedText } from '../../format/schedule.js';
import { Button } from '../../ui/Button.js';
import { Dialog } from '../../ui/Dialog.js';
import { Segmented } from '../../ui/Tabs.js';
import { useToast } from '../../ui/Toasts.js';
import { type DraftForm, draftOf, formOf } from './draft-form.js';
import { PolicyFields } from './PolicyFields.js';
import { TextField } from './TextField.js';
import { usePreview } from './use-preview.js';

const zones = ['UTC', ...Intl.supportedValuesOf('timeZone')];

/** A new schedule, or one that is changed. What is wrong is said by the host, while it is typed. */
export function ScheduleEditor({ name, onClose }: { readonly name: string | null; readonly onClose: () => void }) {
  const { connection } = useRoost();
  const toast = useToast();
  const nowMs = useNow();
  const [form, setForm] = useState<DraftForm | null>(name === null ? formOf('', { data: { argv: ['date'] } }) : null);
  const [revision, setRevision] = useState<string | undefined>();
  const [refused, setRefused] = useState<{ readonly field: string | undefined; readonly message: string } | null>(null);
  const [busy, setBusy] = useState(false);
  const preview = usePreview(form);

  useEffect(() => {
    if (name === null) return;
    connection.call('schedule.get', { name, limit: 1 }).then(
      ({ draft, schedule }) => {
        setForm(formOf(name, draft));
        setRevision(schedule.revision);
      },
      (error: unknown) => setRefused({ field: undefined, message: error instanceof RoostError ? error.message : 'Something went wrong in this screen.' }),
    );
  }, [connection, name]);

  const change = (changes: Partial<DraftForm>): void => {
    setForm((before) => (before === null ? null : { ...before, ...changes }));
    setRefused(null);
  };
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (form === null) return;
    setBusy(true);
    try {
      const saved = await connection.call('schedule.put', { name: form.name.trim(), ...draftOf(form), ...(revision === undefined ? {} : { revision }) });
      toast({
        tone: 'good',
        title: `${saved.schedule.name} is ${saved.created ? 'added' : 'changed'}`,
        text: 'Written into roost.yaml; the file of before is kept.',
      });
      onClose();
    } catch (error) {
      const known = error instanceof RoostError || error instanceof SyntaxError;
      setRefused({ field: error instanceof RoostError ? error.field : 'data', message: known ? error.message : 'Something went wrong in this screen.' });
      setBusy(false);
    }
  };
  const problem = refused ?? preview.problem;
  const wrong = (field: string): boolean => problem?.field === field || problem?.field?.startsWith(`${field}.`) === true;

  const fields = form === null ? null : { form, change, wrong };

  return (
    <Dialog title={name === null ? 'New schedule' : `Change ${name}`} onClose={onClose}>
      {form === null || fields === null ? (
        <p className="dialog-text">{refused?.message ?? 'One moment…'}</p>
      ) : (
        <form className="form schedule-form" onSubmit={(event) => void submit(event)}>
          {name === null ? (
            <div className="field">
              <label htmlFor="schedule-name">Name</label>
              <input
                id="schedule-name"
                autoFocus
                required
                maxLength={60}
                autoComplete="off"
                spellCheck={false}
                placeholder="for example nightly-report"
                value={form.name}
                aria-invalid={wrong('name')}
                onChange={(event) => change({ name: event.target.value })}
              />
            </div>
          ) : null}
          <Segmented
            label="Kind of rule"
            options={[
              { key: 'cron', label: 'At times (cron)' },
              { key: 'every', label: 'At intervals' },
            ]}
            value={form.kind}
            onChange={(kind) => change({ kind })}
          />
          {form.kind === 'cron' ? (
            <div className="field-pair">
              <TextField of="cron" label="Cron" mono {...fields} />
              <TextField of="tz" label="Time zone" choices={zones} {...fields} />
            </div>
          ) : (
            <TextField
              of="every"
              label="Every"
              mono
              help="Such as 30s, 10m or 6h, counted from 1970 in UTC, so that a restart does not shift it."
              {...fields}
            />
          )}
          <div className="schedule-preview" aria-live="polite">
            {preview.next.length === 0 ? (
              <p className="field-help">{problem === null ? 'One moment…' : 'No next run: see below.'}</p>
            ) : (
              <ol>
                {preview.next.map((at) => (
                  <li key={at}>
                    {zonedText(at, form.kind === 'cron' ? form.tz : 'UTC')} <small>{untilText(at, nowMs)}</small>
                  </li>
                ))}
              </ol>
            )}
          </div>
          <div className="field-pair">
            <TextField of="handler" label="Handler" choices={Object.keys(handlerSpecs)} {...fields} />
            <TextField of="queue" label="Queue" placeholder={preview.queue ?? "the handler's own"} {...fields} />
          </div>
          <p className="field-help schedule-summary">{handlerSpecs[form.handler.trim()]?.summary ?? ''}</p>
          <div className="field">
            <label htmlFor="schedule-data">Data</label>
            <textarea
              id="schedule-data"
              className="code-input"
              rows={4}
              spellCheck={false}
              value={form.data}
              aria-invalid={wrong('data')}
              onChange={(event) => change({ data: event.target.value })}
            />
          </div>
          <PolicyFields {...fields} />
          <p className="field-problem" role="alert">
            {problem?.message}
          </p>
          <div className="dialog-actions">
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" look="primary" disabled={busy || problem !== null || form.name.trim() === ''}>
              {busy ? 'Saving…' : 'Save'}
            </Button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
