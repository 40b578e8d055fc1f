/** Intents that get a feature, a cell and a table of their own; later ones count as none. */
export const mostIntents = 16;
/** The constant, sine and cosine of the time of day, the recent latency, one per intent. */
export const featureCount = 4 + mostIntents;
export const featureNames: readonly string[] = ['constant', 'time of day (sine)', 'time of day (cosine)', 'recent latency'];

const dayMs = 86_400_000;

export interface Circumstances {
  /** Wall-clock ms; the day is that of UTC. */
  readonly atMs: number;
  /** Place of the intent among those known, undefined for none. */
  readonly intentPlace: number | undefined;
  /** Average latency of the last turns as a share of the latency budget, null before the first. */
  readonly recentLatency: number | null;
}

/** What LinUCB and LinTS see of a request, every value within -1..1. */
export function featuresOf({ atMs, intentPlace, recentLatency }: Circumstances): number[] {
  const angle = (2 * Math.PI * (atMs % dayMs)) / dayMs;
  // A day's course says little next to the intent: half the scale keeps it from being learned first.
  const features = [1, Math.sin(angle) / 2, Math.cos(angle) / 2, Math.min(1, Math.max(0, recentLatency ?? 0))];
  for (let place = 0; place < mostIntents; place++) features.push(place === intentPlace ? 1 : 0);
  return features;
}
