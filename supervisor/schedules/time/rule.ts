import { RoostError } from '../../../contract/errors.js';
import { type CronFields, matchesDay, parseCron } from './cron.js';
import { type Zone, zoneNamed } from './zone.js';

/** When a schedule runs. Its occurrences are instants: the same on every node and after every restart. */
export type Rule =
  | { readonly kind: 'cron'; readonly text: string; readonly fields: CronFields; readonly zone: Zone }
  | { readonly kind: 'every'; readonly everyMs: number };

export interface RuleSource {
  readonly cron?: string | undefined;
  readonly everyMs?: number | undefined;
  readonly tz: string;
}

const minuteMs = 60_000;
const quarterMs = 15 * minuteMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** The 29th of February is missing for at most eight years (1896 to 1904, 2096 to 2104). */
const horizonDays = 9 * 366;

/** Throws `bad-request` naming `cron`, `tz` or `every`. */
export function ruleOf({ cron, everyMs, tz }: RuleSource): Rule {
  if (cron !== undefined) {
    const rule: Rule = { kind: 'cron', text: cron, fields: parseCron(cron), zone: zoneNamed(tz) };
    return rule;
  }
  if (everyMs === undefined || !Number.isSafeInteger(everyMs) || everyMs < 1_000)
    throw new RoostError('bad-request', 'every must be at least 1s', { field: 'every' });
  return { kind: 'every', everyMs };
}

/** Says whether two rules have the same occurrences. */
export const signatureOf = (rule: Rule): string =>
  rule.kind === 'every' ? `every ${rule.everyMs}` : `cron ${rule.text.trim().split(/\s+/).join(' ')} ${rule.zone.name}`;

/**
 * The first occurrence after `afterMs`; undefined when there is none within nine years.
 *
 * `every`: full multiples since 1970, so that a restart does not shift them. `cron` where the clocks jump:
 * a rule for every hour follows elapsed time (both passes of a doubled hour, nothing for a skipped one); a rule
 * for certain hours is bound to the day: a doubled time counts once, at its first pass, and a skipped one runs
 * at the moment of the jump. Never twice. The idea is Vixie cron's, told by the hour field alone.
 */
export function nextAfter(rule: Rule, afterMs: number): number | undefined {
  if (rule.kind === 'every') return (Math.floor(afterMs / rule.everyMs) + 1) * rule.everyMs;
  return rule.fields.hours.length === 24 ? nextByElapsed(rule.fields, rule.zone, afterMs) : nextByDay(rule.fields, rule.zone, afterMs);
}

const midnightOf = (localMs: number): number => Math.floor(localMs / dayMs) * dayMs;

function nextDay(fields: CronFields, fromDayMs: number): number | undefined {
  for (let step = 0; step <= horizonDays; step++) if (matchesDay(fields, fromDayMs + step * dayMs)) return fromDayMs + step * dayMs;
  return undefined;
}

function nextByDay(fields: CronFields, zone: Zone, afterMs: number): number | undefined {
  const startMs = zone.localMs(afterMs);
  let day = nextDay(fields, midnightOf(startMs));
  while (day !== undefined) {
    for (const hour of fields.hours) {
      if (day + (hour + 1) * hourMs <= startMs) continue;
      for (const minute of fields.minutes) {
        const localMs = day + hour * hourMs + minute * minuteMs;
        if (localMs <= startMs) continue;
        const atMs = zone.instantMs(localMs);
        if (atMs > afterMs) return atMs;
      }
    }
    day = nextDay(fields, day + dayMs);
  }
  return undefined;
}

function nextByElapsed(fields: CronFields, zone: Zone, afterMs: number): number | undefined {
  const wanted = new Set(fields.minutes);
  let atMs = (Math.floor(afterMs / minuteMs) + 1) * minuteMs;
  for (;;) {
    const localMs = zone.localMs(atMs);
    const today = midnightOf(localMs);
    if (!matchesDay(fields, today)) {
      const day = nextDay(fields, today + dayMs);
      if (day === undefined) return undefined;
      // A day that the zone leaves out begins at the jump, which may be now.
      atMs = Math.max(zone.instantMs(day), atMs + minuteMs);
      continue;
    }
    const minute = Math.floor(localMs / minuteMs) % 60;
    if (wanted.has(minute)) return atMs;
    const next = fields.minutes.find((one) => one > minute) ?? 60;
    // Not past a quarter of an hour: the clocks may jump there.
    atMs = Math.min(atMs + (next - minute) * minuteMs, (Math.floor(atMs / quarterMs) + 1) * quarterMs);
  }
}

/** The next `count` occurrences, fewer where there are no more. */
export function nextFew(rule: Rule, afterMs: number, count: number): number[] {
  const found: number[] = [];
  for (let at = nextAfter(rule, afterMs); at !== undefined && found.length < count; at = nextAfter(rule, at)) found.push(at);
  return found;
}

/** The last occurrence at or before `atMs` that lies after `floorMs`; undefined when there is none. Its cost does not grow with the gap. */
export function latestUpTo(rule: Rule, atMs: number, floorMs: number): number | undefined {
  if (rule.kind === 'every') {
    const latest = Math.floor(atMs / rule.everyMs) * rule.everyMs;
    return latest > floorMs ? latest : undefined;
  }
  for (let spanMs = minuteMs; ; spanMs *= 2) {
    const fromMs = Math.max(atMs - spanMs, floorMs);
    let latest: number | undefined;
    for (let at = nextAfter(rule, fromMs); at !== undefined && at <= atMs; at = nextAfter(rule, at)) latest = at;
    if (latest !== undefined || fromMs === floorMs) return latest;
  }
}

/** Most occurrences that are counted one by one; a longer gap is "this many or more". */
export const countedAtMost = 1_000;

/** How many occurrences lie in (fromMs, toMs], at most `countedAtMost` of a cron rule. */
export function countBetween(rule: Rule, fromMs: number, toMs: number): number {
  if (rule.kind === 'every') return Math.max(0, Math.floor(toMs / rule.everyMs) - Math.floor(fromMs / rule.everyMs));
  let count = 0;
  for (let at = nextAfter(rule, fromMs); at !== undefined && at <= toMs && count < countedAtMost; at = nextAfter(rule, at)) count++;
  return count;
}

/** The newest `most` occurrences in (fromMs, toMs], oldest first. */
export function newestBetween(rule: Rule, fromMs: number, toMs: number, most: number): number[] {
  const found: number[] = [];
  for (let at = latestUpTo(rule, toMs, fromMs); at !== undefined && found.length < most; at = latestUpTo(rule, at - 1, fromMs)) found.unshift(at);
  return found;
}
