import { expect, it } from 'vitest';
import type { Survivor } from '../../contract/state.js';
import { survivorText } from './hold.js';

const survivor: Survivor = { kind: 'agent', name: 'agent-1', pid: 7, detail: '' };
it.each([
  [{ level: 'kill', survivors: [], complete: true }, 'Verified: nothing is at work.'],
  [{ level: 'kill', survivors: [survivor], complete: true }, '1 survivor: agent-1.'],
  [{ level: 'hold', survivors: [survivor, survivor], complete: true }, '2 things still at work.'],
  [{ level: 'hold', survivors: [], complete: false }, 'Redis is away: its queues are paused as soon as it is back.'],
] as const)('%j', (hold, text) => expect(survivorText({ ...hold, survivors: [...hold.survivors] })).toBe(text));
