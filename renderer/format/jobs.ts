import type { JobOutcome, JobState, QueueBoard } from '../../contract/job-views.js';
import type { QueueView } from '../../contract/state.js';
import { countText, none } from './numbers.js';
import { durationText } from './time.js';
import type { Tone } from './tones.js';

/** Wording of queues and jobs for people. Pure. */

const stateTones: Readonly<Record<JobState, Tone>> = { waiting: 'idle', active: 'busy', delayed: 'idle', failed: 'bad', completed: 'good' };
export const jobTone = (state: JobState): Tone => stateTones[state];

const outcomeTones: Readonly<Record<JobOutcome, Tone>> = { completed: 'good', failed: 'bad', cancelled: 'idle' };
export const outcomeTone = (outcome: JobOutcome): Tone => outcomeTones[outcome];

/** A rate per minute in the unit that is easiest to grasp. */
export function rateText(perMinute: number): string {
  if (perMinute >= 600) return `${countText(Math.round(perMinute / 60))}/s`;
  if (perMinute === 0) return '0';
  return `${perMinute < 10 ? Number(perMinute.toFixed(1)) : countText(Math.round(perMinute))}/min`;
}

/** Until what waits is done. */
export function clearText(view: Pick<QueueView, 'waiting'>, board: Pick<QueueBoard, 'clearMs' | 'paused'>): string {
  if (view.waiting === 0) return none;
  if (board.paused) return 'paused';
  return board.clearMs === null ? 'not moving' : durationText(board.clearMs);
}

export interface QueueMark {
  readonly tone: Tone;
  readonly text: string;
}

/** What stands beside the name of a queue; nothing when all is well. */
export function queueMarks(view: Pick<QueueView, 'waiting' | 'delayed'>, board: Pick<QueueBoard, 'paused' | 'unconsumed'>): readonly QueueMark[] {
  return [
    ...(board.paused ? [{ tone: 'warn' as const, text: 'paused' }] : []),
    ...(board.unconsumed ? [{ tone: view.waiting + view.delayed > 0 ? ('bad' as const) : ('warn' as const), text: 'no worker' }] : []),
  ];
}

/** JSON as a person reads it; text that was cut, or is no JSON, as it is. */
export function jsonText(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}

/** An object out of what a person typed, or what is wrong with it. */
export function readData(text: string): { readonly data: Record<string, unknown> } | { readonly problem: string } {
  if (text.trim() === '') return { data: {} };
  try {
    const data: unknown = JSON.parse(text);
    if (typeof data === 'object' && data !== null && !Array.isArray(data)) return { data: data as Record<string, unknown> };
    return { problem: 'The data must be a JSON object, as in { "max_age_hours": 24 }.' };
  } catch (error) {
    return { problem: `That is no JSON: ${error instanceof Error ? error.message : 'it does not parse'}.` };
  }
}
