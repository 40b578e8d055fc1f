import type { RunView, ScheduleState, ScheduleView } from '../../contract/schedules.js';
import { ageText, durationText } from './time.js';
import type { Tone } from './tones.js';

const states: Readonly<Record<ScheduleState, { readonly tone: Tone; readonly text: string }>> = {
  active: { tone: 'good', text: 'On' },
  shadow: { tone: 'busy', text: 'Shadow' },
  paused: { tone: 'idle', text: 'Paused' },
  parked: { tone: 'bad', text: 'Parked' },
  held: { tone: 'warn', text: 'Held' },
  standby: { tone: 'idle', text: 'Standby' },
  faulty: { tone: 'bad', text: 'Cannot run' },
};
export const scheduleTone = (state: ScheduleState): Tone => states[state].tone;
export const scheduleStateText = (state: ScheduleState): string => states[state].text;

const outcomes: Readonly<Record<RunView['outcome'], { readonly tone: Tone; readonly text: string }>> = {
  waiting: { tone: 'idle', text: 'Waiting' },
  running: { tone: 'busy', text: 'Running' },
  done: { tone: 'good', text: 'Done' },
  failed: { tone: 'bad', text: 'Failed' },
  skipped: { tone: 'warn', text: 'Skipped' },
  missed: { tone: 'warn', text: 'Missed' },
  replaced: { tone: 'idle', text: 'Replaced' },
  removed: { tone: 'warn', text: 'Removed' },
  shadow: { tone: 'busy', text: 'Would have run' },
};
export const runTone = (run: Pick<RunView, 'outcome'>): Tone => outcomes[run.outcome].tone;
export const outcomeText = (run: Pick<RunView, 'outcome'>): string => outcomes[run.outcome].text;

export const kindText = (kind: RunView['kind']): string => ({ due: 'on time', missed: 'made up for', 'by-hand': 'by hand', shadow: 'shadow' })[kind];

/** "every 5 m", "0 4 * * *". */
export const ruleText = ({ cron, everyMs }: Pick<ScheduleView, 'cron' | 'everyMs'>): string => cron ?? `every ${durationText(everyMs)}`;

/** What happens to runs whose time passed unseen, in one sentence. */
export function missedText({ missed, windowMs, staggerMs }: Pick<ScheduleView, 'missed' | 'windowMs' | 'staggerMs'>): string {
  if (missed === 'skip') return 'Missed runs are left out.';
  const window = windowMs === null ? '' : ` of the last ${durationText(windowMs)}`;
  if (missed === 'once') return `Missed runs${window} are made up for by one run.`;
  return `Up to ten missed runs of the last ${durationText(windowMs ?? 86_400_000)} are made up for, ${durationText(staggerMs)} apart.`;
}

export function overlapText(overlap: ScheduleView['overlap']): string {
  if (overlap === 'skip') return 'While one runs, the next is left out.';
  return overlap === 'queue' ? 'While one runs, the next waits for its end.' : 'While one runs, the next stops it and takes its place.';
}

/** "in 5 m", "now". */
export function untilText(atMs: number, nowMs: number): string {
  const text = ageText(atMs - nowMs);
  return text === 'now' ? text : `in ${text}`;
}

/** Rules that run within a minute need the seconds. */
const finest = 60_000;

const clocks = new Map<string, Intl.DateTimeFormat>();

/** "Sun 22 Nov, 04:00 UTC": what the clocks of the schedule's own zone show. */
export function zonedText(atMs: number, tz: string, everyMs: number | null = null): string {
  const seconds = everyMs !== null && everyMs % finest !== 0;
  const key = `${tz} ${seconds}`;
  let clock = clocks.get(key);
  if (clock === undefined) {
    clock = clockOf(tz, seconds);
    clocks.set(key, clock);
  }
  return clock.format(atMs);
}

function clockOf(tz: string, seconds: boolean): Intl.DateTimeFormat {
  const day = { weekday: 'short', day: 'numeric', month: 'short' } as const;
  const time = { hour: '2-digit', minute: '2-digit', ...(seconds ? { second: '2-digit' as const } : {}), timeZoneName: 'short' } as const;
  const parts = { ...day, ...time };
  try {
    return new Intl.DateTimeFormat('en-GB', { ...parts, timeZone: tz });
  } catch {
    // A zone this browser does not know.
    return new Intl.DateTimeFormat('en-GB', parts);
  }
}
