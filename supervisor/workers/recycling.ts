/** Since when a life runs, what it did and what it uses. */
export interface LifeFacts {
  readonly jobsDone: number;
  readonly rssBytes: number;
  readonly ageMs: number;
}

/** Under load a hundred jobs are over in seconds: a fresh process more often than this costs more than it saves. */
export const leastLifeMs = 60_000;

/** Why a fresh process is to take over; undefined while the present one may go on. */
export function recycleReason(
  life: LifeFacts,
  limits: { readonly recycleAfterJobs: number; readonly memoryBytes: number },
  leastMs = leastLifeMs,
): string | undefined {
  if (life.ageMs < leastMs) return undefined;
  if (limits.recycleAfterJobs > 0 && life.jobsDone >= limits.recycleAfterJobs) return `it ran ${life.jobsDone} jobs`;
  if (life.rssBytes > limits.memoryBytes) return `it uses ${megabytes(life.rssBytes)} of ${megabytes(limits.memoryBytes)}`;
  return undefined;
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1024 ** 2)} MB`;
