import type { WatchView } from '../../contract/watch.js';
import { bytesText, countText } from './numbers.js';
import type { Tone } from './tones.js';

const tones: Readonly<Record<WatchView['state'], Tone>> = { starting: 'busy', watching: 'good', full: 'warn', held: 'warn', problem: 'bad' };
export const watchTone = (state: WatchView['state']): Tone => tones[state];

const words: Readonly<Record<WatchView['state'], string>> = {
  starting: 'starting',
  watching: 'watching',
  full: 'queue full',
  held: 'held',
  problem: 'in trouble',
};
export const watchWord = (state: WatchView['state']): string => words[state];

const kinds: Readonly<Record<WatchView['kind'], string>> = { directory: 'folder', jsonl: 'log of lines', issues: 'issues file' };
export const watchKindWord = (kind: WatchView['kind']): string => kinds[kind];

/** What is not queued yet: "3 being written, 12 waiting", bytes for a log. */
export function waitingText({ kind, settling, behind }: WatchView): string {
  const parts = [
    ...(settling === 0 ? [] : [kind === 'jsonl' ? 'half a line' : `${countText(settling)} being written`]),
    ...(behind === 0 ? [] : [kind === 'jsonl' ? `${bytesText(behind)} to read` : `${countText(behind)} waiting`]),
  ];
  return parts.length === 0 ? 'nothing' : parts.join(', ');
}
