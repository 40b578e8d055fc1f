const units = ['B', 'KB', 'MB', 'GB', 'TB'] as const;
export const none = '–';

/** Bytes with powers of 1024: "0 B", "812 KB", "1.4 GB". */
export function bytesText(bytes: number | null): string {
  if (bytes === null || !Number.isFinite(bytes)) return none;
  let value = Math.max(0, bytes);
  let unit = 0;
  while (value >= 1023.5 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : Number(value.toFixed(1))} ${units[unit]}`;
}

/** A share 0..1: "0 %", "0.4 %", "38 %", "100 %". */
export function shareText(share: number | null): string {
  if (share === null || !Number.isFinite(share)) return none;
  const percent = share * 100;
  return `${percent > 0 && percent < 9.95 ? Number(percent.toFixed(1)) : Math.round(percent)} %`;
}

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
export const countText = (count: number | null): string => (count === null || !Number.isFinite(count) ? none : whole.format(count));

const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });
/** For an axis: "800", "2.5K", "100K". */
export const shortCountText = (count: number): string => (count < 1_000 ? String(count) : compact.format(count));

/** A reward 0..1 with two digits, so that columns line up. */
export const rewardText = (reward: number | null): string => (reward === null || !Number.isFinite(reward) ? none : reward.toFixed(2));

/** "1 agent", "3 agents". */
export const plural = (count: number, one: string, many = `${one}s`): string => `${countText(count)} ${count === 1 ? one : many}`;
