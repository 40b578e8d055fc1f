import type { Zone } from '../time/zone.js';

export interface Comparison {
  /** Runs that both have. */
  readonly matched: number;
  readonly onlyHere: readonly number[];
  readonly onlyThere: readonly number[];
  /** The time that both cover; null when they do not overlap. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const full = /(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2}):(\d{2})(?:[.,]\d+)?\s*(Z|[+-]\d{2}:?\d{2})?/;
const syslog = /^\s*(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\s+(\d{1,2})\s+(\d{2}):(\d{2}):(\d{2})\b/i;

/** The times at the head of log lines: ISO 8601, Celery beat's, syslog's. A time without a zone is one of the schedule's zone. */
export function timesIn(text: string, match: string | undefined, zone: Zone, nowMs: number): number[] {
  const found: number[] = [];
  for (const line of text.split('\n')) {
    if (match !== undefined && !line.includes(match)) continue;
    const at = timeOf(line, zone, nowMs);
    if (at !== undefined) found.push(at);
  }
  return found.sort((a, b) => a - b);
}

function timeOf(line: string, zone: Zone, nowMs: number): number | undefined {
  const iso = full.exec(line);
  if (iso !== null) {
    const [, year, month, day, hour, minute, second, offset] = iso;
    const localMs = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
    if (offset === undefined) return zone.instantMs(localMs);
    if (offset === 'Z') return localMs;
    const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(-2));
    return localMs - (offset.startsWith('-') ? -1 : 1) * minutes * 60_000;
  }
  const log = syslog.exec(line);
  if (log === null) return undefined;
  const [, month = '', day, hour, minute, second] = log;
  const year = new Date(zone.localMs(nowMs)).getUTCFullYear();
  const inYear = (one: number): number =>
    zone.instantMs(Date.UTC(one, months.indexOf(month.toLowerCase()), Number(day), Number(hour), Number(minute), Number(second)));
  // Such a line has no year: one that would lie ahead is of the last.
  return inYear(year) > nowMs + 86_400_000 ? inYear(year - 1) : inYear(year);
}

/** Pairs each run with the nearest of the other side that is close enough; both lists ascend. */
export function compareRuns(here: readonly number[], there: readonly number[], toleranceMs: number): Comparison {
  const fromMs = Math.max(here[0] ?? Number.POSITIVE_INFINITY, there[0] ?? Number.POSITIVE_INFINITY) - toleranceMs;
  const toMs = Math.min(here[here.length - 1] ?? Number.NEGATIVE_INFINITY, there[there.length - 1] ?? Number.NEGATIVE_INFINITY) + toleranceMs;
  if (!(fromMs <= toMs)) return { matched: 0, onlyHere: [...here], onlyThere: [...there], fromMs: null, toMs: null };
  const inside = (times: readonly number[]): number[] => times.filter((at) => at >= fromMs && at <= toMs);
  const [ours, theirs] = [inside(here), inside(there)];
  const onlyHere: number[] = [];
  const onlyThere: number[] = [];
  let matched = 0;
  for (let i = 0, j = 0; i < ours.length || j < theirs.length; ) {
    const a = ours[i] ?? Number.POSITIVE_INFINITY;
    const b = theirs[j] ?? Number.POSITIVE_INFINITY;
    if (Math.abs(a - b) <= toleranceMs) {
      matched++;
      i++;
      j++;
    } else if (a < b) {
      onlyHere.push(a);
      i++;
    } else {
      onlyThere.push(b);
      j++;
    }
  }
  return { matched, onlyHere, onlyThere, fromMs, toMs };
}
