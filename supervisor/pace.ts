/** What decides how often an idle Roost looks at itself. */
export interface Need {
  /** A screen is open. */
  readonly watched: boolean;
  /** Jobs, turns or sessions are under way, something starts or stops, or a disturbance is not over. */
  readonly busy: boolean;
}

/** A look at everything and a point for the charts. At rest what changes by itself is told by an event anyway. */
export const lookEveryMs = ({ watched, busy }: Need): number => (watched || busy ? 1_000 : 5_000);

/**
 * Memory and processor of every process tree, which means reading the whole process table. Limits are kept by
 * these measurements; without any limit and without anybody to see them they are only there for the next who asks.
 */
export const usageEveryMs = ({ watched, limited }: { readonly watched: boolean; readonly limited: boolean }): number => (watched || limited ? 5_000 : 15_000);

/** Whoever asks gets figures no older than this, or waits for new ones. */
export const freshMs = 1_000;
export const freshUsageMs = 5_000;
/** Nobody who asks waits longer than this for them: a Redis that hangs must not make its own report hang. */
export const freshWithinMs = 300;
