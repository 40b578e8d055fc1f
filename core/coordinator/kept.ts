/** Buckets kept: the newest, and the first few, against which learning is measured. */
export const keptBuckets = 256;
export const earlyBuckets = 6;
/** Decisions kept by turn in Redis; the archive has all. */
export const keptDecisions = 10_000;

/** Whether the sums of a bucket are still kept apart when `current` is the newest. */
export const isKept = (index: number, current: number): boolean => index > current - keptBuckets || index < earlyBuckets;
