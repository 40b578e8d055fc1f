export const windowMs = 60_000;

/** Pure: the times of the requests of the last minute, oldest first. In any window of 60 s at most `limit` are admitted; a clock that goes back grants nothing, one that is no number throws. */
export function admitRate(
  times: readonly number[],
  limit: number | null,
  clockMs: number,
): { readonly times: readonly number[]; readonly left: number | null; readonly waitMs: number | null } {
  if (!Number.isFinite(clockMs) || (limit !== null && !(limit >= 1))) throw new RangeError(`a rate needs a time and a limit, got ${clockMs} and ${limit}`);
  const nowMs = Math.max(clockMs, times.at(-1) ?? clockMs);
  const recent = times.filter((atMs) => nowMs - atMs < windowMs);
  if (limit === null) return { times: recent, left: null, waitMs: null };
  if (recent.length < limit) return { times: [...recent, nowMs], left: limit - recent.length - 1, waitMs: null };
  // The request that has to leave the window first: a limit that was lowered may have several too many.
  const leaving = recent[recent.length - limit] as number;
  return { times: recent, left: 0, waitMs: Math.max(1, leaving + windowMs - nowMs) };
}
