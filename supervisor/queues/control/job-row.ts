import type { JobRow, JobState } from '../../../contract/job-views.js';

/** JSON out of Redis, where anybody may have written; undefined when it is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : {};

const number = (text: unknown): number | null => (text === '' || text === undefined || !Number.isFinite(Number(text)) ? null : Number(text));

/** Jobs tell how far they are as a number, as a text, or as both; 0 is what the library writes for nothing. */
export function progressOf(text: string): JobRow['progress'] {
  const value = parsed(text);
  if (typeof value === 'number') return value === 0 ? null : { fraction: Math.min(1, Math.max(0, value > 1 ? value / 100 : value)), text: '' };
  if (typeof value === 'string') return value === '' ? null : { fraction: null, text: value };
  const { fraction, text: words } = record(value);
  if (fraction === undefined && words === undefined) return null;
  return { fraction: typeof fraction === 'number' ? Math.min(1, Math.max(0, fraction)) : null, text: typeof words === 'string' ? words : '' };
}

/** Fields in the order of the scripts in job-page.ts; what is missing is ''. */
export function rowOf(id: string, queue: string, state: JobState, fields: readonly string[]): JobRow {
  const [name = '', data = '', opts = '', timestamp, , priority, processedOn, finishedOn, atm, failedReason = '', progress = '', worker = '', due] = fields;
  const createdAtMs = number(timestamp) ?? 0;
  const options = record(parsed(opts));
  // Where opts were cut, their numbers are still in the text.
  const attempts = number(options['attempts'] ?? /"attempts":(\d+)/.exec(opts)?.[1]);
  return {
    id,
    queue,
    name,
    state,
    preview: data,
    createdAtMs,
    // The library keeps the time in the upper bits of the score.
    dueAtMs: state === 'delayed' && number(due) !== null ? Math.floor((number(due) ?? 0) / 0x1000) : null,
    startedAtMs: number(processedOn),
    finishedAtMs: number(finishedOn),
    attempts: number(atm) ?? 0,
    // The library writes 0 where nobody asked for tries: one is made all the same.
    maxAttempts: Math.max(1, attempts ?? 1),
    priority: number(priority) ?? 0,
    progress: progressOf(progress),
    error: failedReason === '' ? null : failedReason,
    worker: worker === '' ? null : worker,
  };
}
