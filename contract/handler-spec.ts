import type { z } from 'zod';
import type { QueueName } from './config-queues.js';

/** Delays before the next tries; the last one is used again when there are more. */
export const retryPresets = {
  /** One try: for work that is done again soon anyway, or must not be repeated. */
  none: { attempts: 1, delaysMs: [] },
  /** 5 s, 15 s, 30 s: for what fails for a moment. */
  standard: { attempts: 3, delaysMs: [5_000, 15_000, 30_000] },
  /** For other people's servers. */
  patient: { attempts: 6, delaysMs: [30_000, 120_000, 600_000] },
} as const;
export type RetryPreset = keyof typeof retryPresets;
export const retryPresetNames = Object.keys(retryPresets) as [RetryPreset, ...RetryPreset[]];

export interface HandlerSpec {
  readonly name: string;
  /** One sentence for a person. */
  readonly summary: string;
  /** Where its jobs go unless the caller says otherwise. */
  readonly queue: QueueName;
  /** What its jobs carry; checked before a job is added and again before it runs. */
  readonly data: z.ZodType;
  /** After this long its signal aborts: it should end and say what it has. */
  readonly softMs: number;
  /** After this long its process is ended with everything it started, and the job has failed for good. */
  readonly hardMs: number;
  readonly retry: RetryPreset;
}
