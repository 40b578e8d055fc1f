import type { Verdict, VerdictState } from '../../contract/coordinator-views.js';
import { countText } from './numbers.js';
import type { Tone } from './tones.js';

const tones: Readonly<Record<VerdictState, Tone>> = {
  learning: 'idle',
  undecided: 'idle',
  competitive: 'good',
  leader: 'good',
  underperforming: 'bad',
  stale: 'warn',
};
export const verdictTone = (state: VerdictState): Tone => tones[state];

const words: Readonly<Record<VerdictState, string>> = {
  learning: 'Learning',
  undecided: 'Undecided',
  competitive: 'Competitive',
  leader: 'Leader',
  underperforming: 'Underperforming',
  stale: 'Stale',
};

/** "Undecided, about 800 more": a verdict in two words, and how far it is. */
export const verdictWord = ({ state, needsMore }: Pick<Verdict, 'state' | 'needsMore'>): string =>
  needsMore === null ? words[state] : `${words[state]}, about ${countText(needsMore)} more`;
