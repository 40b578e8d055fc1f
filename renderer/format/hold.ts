import type { HoldLevel, HoldView } from '../../contract/state.js';
import { plural } from './numbers.js';

/** What a level is called, does beforehand and has done afterwards. */
export const holdTexts: Readonly<Record<HoldLevel, { readonly act: string; readonly consequence: string; readonly done: string }>> = {
  hold: {
    act: 'Hold new work',
    consequence: 'No turn, session or agent is started any more. What runs now goes on to its end. Release brings everything back.',
    done: 'No new work is taken; what ran may end.',
  },
  interrupt: {
    act: 'Interrupt running turns',
    consequence: 'No new work is taken, and every running turn is cancelled. Turns that wait stay in line until you release.',
    done: 'Running turns were cancelled, no new work is taken.',
  },
  kill: {
    act: 'Kill all agents',
    consequence:
      'No new work is taken, running turns are cancelled, and every agent and every worker with a job is killed at once. Agents lose what they had not said yet.',
    done: 'Agents were killed, no new work is taken.',
  },
};

/** One sentence about what is still there. */
export function survivorText({ level, survivors, complete }: Pick<HoldView, 'level' | 'survivors' | 'complete'>): string {
  if (!complete) return 'Redis is away: its queues are paused as soon as it is back.';
  if (survivors.length === 0) return 'Verified: nothing is at work.';
  return level === 'hold'
    ? `${plural(survivors.length, 'thing')} still at work.`
    : `${plural(survivors.length, 'survivor')}: ${survivors.map(({ name }) => name).join(', ')}.`;
}
