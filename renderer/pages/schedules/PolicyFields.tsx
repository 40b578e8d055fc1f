import type { DraftForm } from './draft-form.js';
import { TextField } from './TextField.js';

/** What happens when a run was missed, or when the one before still runs. */
export function PolicyFields({
  form,
  change,
  wrong,
}: {
  readonly form: DraftForm;
  readonly change: (changes: Partial<DraftForm>) => void;
  readonly wrong: (field: string) => boolean;
}) {
  const fields = { form, change, wrong };
  return (
    <>
      <div className="field-pair">
        <div className="field">
          <label htmlFor="schedule-missed">Missed runs</label>
          <select id="schedule-missed" value={form.missed} onChange={(event) => change({ missed: event.target.value as DraftForm['missed'] })}>
            <option value="skip">leave out</option>
            <option value="once">one for all of them</option>
            <option value="all">each, up to ten</option>
          </select>
        </div>
        <div className="field">
          <label htmlFor="schedule-overlap">While one runs</label>
          <select id="schedule-overlap" value={form.overlap} onChange={(event) => change({ overlap: event.target.value as DraftForm['overlap'] })}>
            <option value="skip">leave the next out</option>
            <option value="queue">let the next wait</option>
            <option value="replace">stop it for the next</option>
          </select>
        </div>
        <div className="field">
          <label htmlFor="schedule-mode">Mode</label>
          <select id="schedule-mode" value={form.mode} onChange={(event) => change({ mode: event.target.value as DraftForm['mode'] })}>
            <option value="run">run</option>
            <option value="shadow">shadow</option>
          </select>
        </div>
      </div>
      {form.missed === 'skip' ? null : (
        <div className="field-pair">
          <TextField of="window" label="Missed within" placeholder={form.missed === 'all' ? '1d' : 'any time'} {...fields} />
          {form.missed === 'all' ? <TextField of="stagger" label="Pause between them" placeholder="30s" {...fields} /> : null}
        </div>
      )}
    </>
  );
}
