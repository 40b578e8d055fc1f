/** Names of backups sort by time and survive every file system. */
const nameOf = /^redis-(\d{4})-(\d{2})-(\d{2})T(\d{2})-(\d{2})-(\d{2})-(\d{3})Z$/;

export const backupName = (wallMs: number): string => `redis-${new Date(wallMs).toISOString().replace(/[:.]/g, '-')}`;

/** When the backup of this name was made; undefined for a name that is none. */
export function timeOfName(name: string): number | undefined {
  const match = nameOf.exec(name);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, ms] = match;
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`);
  return Number.isNaN(time) ? undefined : time;
}

export interface Retention {
  readonly keep: number;
  readonly keepDays: number;
}

/** Which of the backups may go: all but the newest `keep`, and the newest of each of the last `keepDays` days that have one. */
export function superfluous(names: readonly string[], { keep, keepDays }: Retention): readonly string[] {
  const known = names.filter((name) => timeOfName(name) !== undefined).sort((left, right) => (left < right ? 1 : -1));
  const kept = new Set(known.slice(0, keep));
  const days = new Set<string>();
  for (const name of known) {
    const day = name.slice(0, 'redis-0000-00-00'.length);
    if (days.has(day) || days.size >= keepDays) continue;
    days.add(day);
    kept.add(name);
  }
  return known.filter((name) => !kept.has(name));
}

/** Time until the next backup is due. A newest one that lies in the future (the clock was set back) counts as just made. */
export function dueInMs(newestMs: number | undefined, nowMs: number, everyMs: number): number {
  if (newestMs === undefined) return 0;
  return Math.max(0, everyMs - Math.max(0, nowMs - newestMs));
}
