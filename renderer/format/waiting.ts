import { ageText } from './time.js';

/** "Number 3 in line, about 45 s": as much of it as is known; null when nothing is. */
export function waitingText(position: number | null, remainingMs: number | null): string | null {
  const estimate = remainingMs === null ? null : remainingMs < 1_500 ? 'any moment now' : `about ${ageText(remainingMs)}`;
  if (position !== null && position > 0) return estimate === null ? `Number ${position} in line` : `Number ${position} in line, ${estimate}`;
  return estimate === null ? null : estimate.charAt(0).toUpperCase() + estimate.slice(1);
}
