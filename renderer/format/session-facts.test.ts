import { expect, it } from 'vitest';
import { sessionFacts } from './session-facts.js';

it('tells of a session what there is, and nothing of what an agent never told', () => {
  expect(sessionFacts({})).toEqual([]);
  const about = {
    title: 'Tests',
    context: { used: 12_000, size: 200_000 },
    cost: { amount: 0.126, currency: 'USD' },
    commands: [{ name: 'plan', description: '' }],
  };
  expect(sessionFacts({ workspace: '/data/workspaces/agent-7', about })).toEqual([
    ['About', 'Tests'],
    ['Files', '/data/workspaces/agent-7'],
    ['Context', '12,000 of 200,000 tokens, 6 %'],
    ['Cost', '0.13 USD'],
    ['Commands', '/plan'],
  ]);
  expect(sessionFacts({ about: { title: null, context: { used: 0, size: 0 }, cost: null } })).toEqual([['Context', '0 of 0 tokens']]);
});
