import { describe, expect, it } from 'vitest';
import { matchingSlots } from './agent-filter.js';

const slot = (agentId: string, template: string, state: 'ready' | 'busy' | 'assigned', sessionId: string | null = null) => ({
  agentId,
  template,
  state,
  sessionId,
  pid: Number(agentId.slice(6)) + 4_000,
});
const slots = [
  slot('agent-10', 'builtin', 'ready'),
  slot('agent-9', 'voice', 'ready'),
  slot('agent-2', 'builtin', 'busy', 's-1'),
  slot('agent-3', 'voice', 'assigned', 's-2'),
];
const users = new Map([['s-1', 'Ann']]);

describe('matchingSlots', () => {
  it.each<[string, readonly string[]]>([
    ['', ['agent-2', 'agent-3', 'agent-9', 'agent-10']],
    ['VOICE', ['agent-3', 'agent-9']],
    ['ann', ['agent-2']],
    ['s-2', ['agent-3']],
    ['4010', ['agent-10']],
    ['warm', ['agent-9', 'agent-10']],
    ['nothing', []],
  ])('"%s"', (query, names) => expect(matchingSlots(slots, users, query).map(({ agentId }) => agentId)).toEqual(names));
});
