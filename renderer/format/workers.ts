import { type RetryPreset, retryPresets } from '../../contract/handlers.js';
import { formatDuration } from '../../contract/quantities.js';
import type { WorkerView } from '../../contract/work-methods.js';
import { countText } from './numbers.js';
import { durationText } from './time.js';

/** Wording of workers and handlers for people. Pure. */

/** "2 of 6", and what the config says where something else holds now. */
export const slotsText = ({ slots, configured, busy }: WorkerView['queues'][number]): string =>
  `${countText(busy)} of ${countText(slots)}${slots === configured ? '' : ` (config ${countText(configured)})`}`;

/** "of 100": where a fresh process takes over; nothing where it never does, or where nobody tells. */
export const limitText = (limit: number | null, text: (value: number) => string): string => (limit === null || limit === 0 ? '' : `of ${text(limit)}`);

/** "3 tries, after 5 s and 15 s" */
export function retryText(preset: RetryPreset): string {
  const { attempts, delaysMs } = retryPresets[preset];
  if (attempts === 1) return 'one try';
  const waits = Array.from({ length: attempts - 1 }, (_, index) => delaysMs[index] ?? delaysMs[delaysMs.length - 1] ?? 0);
  const told = [...new Set(waits)].map(durationText);
  const words = told.length < 2 ? told.join('') : `${told.slice(0, -1).join(', ')} and ${told[told.length - 1]}`;
  return `${attempts} tries, after ${words}`;
}

export interface Rate {
  readonly max: number;
  readonly everyMs: number;
}

/** "10 jobs every 1 s" */
export const rateLimitText = ({ max, everyMs }: Rate): string => `${countText(max)} ${max === 1 ? 'job' : 'jobs'} every ${durationText(everyMs)}`;

/** As a person writes it into the form. */
export const rateDraft = (rate: Rate | undefined): { readonly max: string; readonly every: string } =>
  rate === undefined ? { max: '10', every: '1s' } : { max: String(rate.max), every: formatDuration(rate.everyMs) };
