/** A place that is taken, seen from the line. */
export interface TakenPlace {
  /** After this long it is given back even if its user never comes back; null while a turn is in hand, which has no such end. */
  readonly staleInMs: number | null;
}

export interface PlaceWait {
  /** 1 for the first in line. */
  readonly position: number;
  /** How many sessions may have a place at once. */
  readonly capacity: number;
  readonly taken: readonly TakenPlace[];
  /** What a session lasts, by all that is known (`Durations.meanMs`). */
  readonly meanMs: number;
}

/**
 * How long until so many places are expected to have come free that this one in line gets his. Each place comes free once per mean
 * lifetime of a session, and goes on doing so for the next who has it (a renewal process of constant rate); and one that nobody uses
 * comes free at the latest when its session is stale, so at that moment what is missing of its one is made up. The expected number
 * rises in a line with a step at each such moment, so its crossing is found exactly. In ms; with nothing taken (memory is short, not
 * places) all places are reckoned with.
 */
export function placeWaitMs({ position, capacity, taken, meanMs }: PlaceWait): number {
  if (position <= 0) return 0;
  const places = taken.length === 0 ? Math.max(1, capacity) : taken.length;
  if (!(meanMs > 0)) return 0;
  // Where the limit was lowered below what is taken, the first places that come free go to nobody.
  const wanted = position + Math.max(0, taken.length - capacity);
  const steps = taken
    .flatMap(({ staleInMs }) => (staleInMs === null ? [] : [Math.max(0, staleInMs)]))
    .map((atMs) => ({ atMs, adds: Math.max(0, 1 - atMs / meanMs) }))
    .sort((left, right) => left.atMs - right.atMs);
  let added = 0;
  for (const { atMs, adds } of steps) {
    const before = ((wanted - added) * meanMs) / places;
    if (before <= atMs) return Math.round(before);
    added += adds;
    if ((places * atMs) / meanMs + added >= wanted) return Math.round(atMs);
  }
  return Math.round(((wanted - added) * meanMs) / places);
}
