import type { DraftForm } from './draft-form.js';

type TextName = 'cron' | 'every' | 'tz' | 'handler' | 'queue' | 'window' | 'stagger';

interface Shown {
  /** Which part of the draft it holds, and what the host calls it when it is wrong. */
  readonly of: TextName;
  readonly label: string;
  readonly form: DraftForm;
  readonly change: (changes: Partial<DraftForm>) => void;
  readonly wrong: (field: string) => boolean;
  readonly placeholder?: string;
  readonly mono?: boolean;
  /** What may be picked instead of typed. */
  readonly choices?: readonly string[];
  readonly help?: string;
}

/** One line of text of the schedule's draft. */
export function TextField({ of, label, form, change, wrong, placeholder, mono = false, choices, help }: Shown) {
  const list = choices === undefined ? undefined : `schedule-${of}-choices`;
  return (
    <div className="field">
      <label htmlFor={`schedule-${of}`}>{label}</label>
      <input
        id={`schedule-${of}`}
        className={mono ? 'mono' : undefined}
        list={list}
        spellCheck={false}
        placeholder={placeholder}
        value={form[of]}
        aria-invalid={wrong(of)}
        onChange={(event) => change({ [of]: event.target.value })}
      />
      {choices === undefined ? null : (
        <datalist id={list}>
          {choices.map((choice) => (
            <option key={choice} value={choice} />
          ))}
        </datalist>
      )}
      {help === undefined ? null : <p className="field-help">{help}</p>}
    </div>
  );
}
