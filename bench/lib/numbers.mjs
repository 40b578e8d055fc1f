/** @param {readonly number[]} values @param {number} share 0..1 */
export function percentile(values, share) {
  if (values.length === 0) throw new Error('a percentile needs values');
  const sorted = [...values].sort((a, b) => a - b);
  // Nearest rank: always a value that was really measured.
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Three digits that mean something, as people write them. @param {number} value */
export function shown(value) {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  return value.toLocaleString('en-US', { maximumFractionDigits: size >= 100 ? 0 : size >= 10 ? 1 : 2 });
}
