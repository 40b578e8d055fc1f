import type { ScheduleDraft } from '../../../contract/schedules.js';

/** What the fields of the editor hold: text, as typed. */
export interface DraftForm {
  readonly name: string;
  readonly kind: 'cron' | 'every';
  readonly cron: string;
  readonly every: string;
  readonly tz: string;
  readonly handler: string;
  readonly queue: string;
  readonly data: string;
  readonly missed: 'skip' | 'once' | 'all';
  readonly window: string;
  readonly stagger: string;
  readonly overlap: 'skip' | 'queue' | 'replace';
  readonly mode: 'run' | 'shadow';
}

export function formOf(name: string, draft: ScheduleDraft): DraftForm {
  return {
    name,
    kind: draft.every === undefined ? 'cron' : 'every',
    cron: draft.cron ?? '0 4 * * *',
    every: draft.every ?? '10m',
    tz: draft.tz ?? 'UTC',
    handler: draft.handler ?? 'command',
    queue: draft.queue ?? '',
    data: JSON.stringify(draft.data ?? {}, null, 2),
    missed: draft.missed ?? 'once',
    window: draft.window ?? '',
    stagger: draft.stagger ?? '',
    overlap: draft.overlap ?? 'skip',
    mode: draft.mode ?? 'run',
  };
}

/** Fields that say what holds anyway are left out, so that the file stays short. Throws a SyntaxError for data that are no JSON object. */
export function draftOf(form: DraftForm): ScheduleDraft {
  const data = objectFrom(form.data);
  return {
    ...(form.kind === 'cron' ? { cron: form.cron.trim(), tz: form.tz.trim() } : { every: form.every.trim() }),
    handler: form.handler.trim(),
    ...(form.queue.trim() === '' ? {} : { queue: form.queue.trim() }),
    ...(Object.keys(data).length === 0 ? {} : { data }),
    missed: form.missed,
    ...(form.missed === 'skip' || form.window.trim() === '' ? {} : { window: form.window.trim() }),
    ...(form.missed !== 'all' || form.stagger.trim() === '' ? {} : { stagger: form.stagger.trim() }),
    overlap: form.overlap,
    ...(form.mode === 'run' ? {} : { mode: form.mode }),
  };
}

export function objectFrom(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text.trim() === '' ? '{}' : text);
  } catch (error) {
    throw new SyntaxError(`Data must be JSON: ${(error as Error).message}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new SyntaxError('Data must be a JSON object such as {"max_age_hours": 12}.');
  return value as Record<string, unknown>;
}
