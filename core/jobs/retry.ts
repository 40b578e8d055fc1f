import { type RetryPreset, retryPresets } from '../../contract/handlers.js';
import type { Random } from '../base/clock.js';

/** Share of a delay that varies both ways: jobs that failed together do not come back together. */
const jitter = 0.2;

/** What a job carries of its preset: the workers look the delays up by its name. */
export const retryOptions = (preset: RetryPreset, attempts?: number) =>
  ({ attempts: attempts ?? retryPresets[preset].attempts, ...(preset === 'none' ? {} : { backoff: { type: preset } }) }) as const;

/** Delay in ms before the next try of a job that failed `attemptsMade` times; a preset nobody knows any more counts as the standard one. */
export function retryDelayMs(preset: string | undefined, attemptsMade: number, random: Random): number {
  const known = Object.entries(retryPresets).find(([name]) => name === preset)?.[1].delaysMs ?? retryPresets.standard.delaysMs;
  const delayMs = known[Math.min(Math.max(1, attemptsMade), known.length) - 1] ?? 0;
  return Math.round(delayMs * (1 + jitter * (2 * random() - 1)));
}
