import { describe, expect, it } from 'vitest';
import type { TurnWork } from '../../contract/turn-work.js';
import { effects, type Standing, slownessOf, timeoutMessage } from './slowness.js';

const tool = (id: string, title: string, kind: string | null, status: string): TurnWork['tools'][number] => ({
  id,
  title,
  kind,
  status,
  places: [],
  text: null,
  diffs: [],
});
const work = (...tools: TurnWork['tools']): TurnWork => ({ plan: [], tools, more: 0, tokens: null });
const standing = (over: Partial<Standing> = {}): Standing => ({
  askedForMs: 600_000,
  silentForMs: 45_000,
  textChars: 120,
  work: null,
  runningForMs: () => 400_000,
  ...over,
});

describe('what was slow', () => {
  it.each([
    ['nobody was there', { askedForMs: null }, 'start', 'Not answered within 10m: no agent was there to ask. Nothing of it has run.'],
    [
      'a command',
      { work: work(tool('a', 'npm test', 'execute', 'in_progress'), tool('b', 'write x.ts', 'edit', 'completed')) },
      'command',
      'Not answered within 10m: the command was slow: “npm test” has run for 7 min. May have run already: “npm test” (under way), “write x.ts” (completed).',
    ],
    [
      'the backend',
      { work: work(tool('a', 'Ask ollama', 'fetch', 'in_progress')) },
      'backend',
      'Not answered within 10m: the backend was slow: “Ask ollama” has had no answer for 7 min. No step that changes anything was seen.',
    ],
    [
      'the agent',
      { work: work(tool('a', 'look', 'read', 'completed')) },
      'agent',
      'Not answered within 10m: the agent was slow: it worked for 10 min and had said 120 characters and nothing new for 45 s. No step that changes anything was seen.',
    ],
  ])('%s', (_, over, slow, message) => {
    const found = slownessOf(standing(over as Partial<Standing>));
    expect(found.slow).toBe(slow);
    expect(timeoutMessage(found, 600_000)).toBe(message);
  });

  it('counts what may have changed something, not what waits or only reads', () => {
    const calls = work(tool('a', 'rm x', 'execute', 'pending'), tool('b', 'read x', 'read', 'completed'), tool('c', 'who knows', null, 'failed'));
    expect(effects(calls)).toEqual(['“who knows” (failed)']);
    expect(effects(work(...Array.from({ length: 8 }, (_, n) => tool(`${n}`, `edit ${n}`, 'edit', 'completed'))))).toHaveLength(6);
    expect(effects(null)).toEqual([]);
  });
});
