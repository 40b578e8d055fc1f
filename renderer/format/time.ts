import { none } from './numbers.js';

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** How long something took: "8 ms", "1.4 s", "2 m 5 s", "3 h 12 m", "4 d 2 h". Never negative. */
export function durationText(durationMs: number | null): string {
  if (durationMs === null || !Number.isFinite(durationMs)) return none;
  const ms = Math.max(0, durationMs);
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 9_950) return `${Number((ms / secondMs).toFixed(1))} s`;
  if (ms < 59_500) return `${Math.round(ms / secondMs)} s`;
  return coarse(ms);
}

/** How long ago, or how long still to go, without jumping digits: "now", "12 s", "5 m", "3 h 12 m". */
export function ageText(ageMs: number | null): string {
  if (ageMs === null || !Number.isFinite(ageMs)) return none;
  const ms = Math.max(0, ageMs);
  if (ms < 1_500) return 'now';
  if (ms < minuteMs) return `${Math.floor(ms / secondMs)} s`;
  if (ms < hourMs) return `${Math.floor(ms / minuteMs)} m`;
  return coarse(ms);
}

/** "now" or "12 s ago". */
export function agoText(ageMs: number | null): string {
  const text = ageText(ageMs);
  return text === 'now' || text === none ? text : `${text} ago`;
}

function coarse(ms: number): string {
  // Rounded before it is split, or 59.8 s would become "60 s" or "0 h 59 m".
  const rounded = Math.round(ms / secondMs) * secondMs;
  if (rounded < hourMs) return two(rounded, minuteMs, 'm', secondMs, 's');
  if (rounded < dayMs) return two(rounded, hourMs, 'h', minuteMs, 'm');
  return two(rounded, dayMs, 'd', hourMs, 'h');
}

function two(ms: number, bigMs: number, big: string, smallMs: number, small: string): string {
  const rest = Math.floor((ms % bigMs) / smallMs);
  return rest === 0 ? `${Math.floor(ms / bigMs)} ${big}` : `${Math.floor(ms / bigMs)} ${big} ${rest} ${small}`;
}

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const shortClock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const dateAndClock = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

/** "14:03:27" in the person's own time zone. */
export const clockText = (atMs: number): string => clock.format(atMs);
/** "14:03". */
export const shortClockText = (atMs: number): string => shortClock.format(atMs);
/** "7 Mar 2026, 14:03:27". */
export const dateText = (atMs: number): string => dateAndClock.format(atMs);
