export const windowMs = 60_000;

/** Pure: the times of the requests of the last minute, oldest first. In any window of 60 s at most `limit` are admitted. */
export function admitRate(
  times: readonly number[],
  limit: number | null,
  nowMs: number,
): { readonly times: readonly number[]; readonly left: number | null; readonly waitMs: number | null } {
  const recent = times.filter((atMs) => nowMs - atMs < windowMs);
  if (limit === null) return { times: recent, left: null, waitMs: null };
  if (recent.length < limit) return { times: [...recent, nowMs], left: limit - recent.length - 1, waitMs: null };
  // The request that has to leave the window first: a limit that was lowered may have several too many.
  const leaving = recent[recent.length - limit] as number;
  return { times: recent, left: 0, waitMs: Math.max(1, leaving + windowMs - nowMs) };
}
