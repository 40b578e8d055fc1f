import { expect, test } from 'vitest';
import { freshQuestionMemory, questionPlan } from './question-plan.js';

const question = (id: string, title = 'npm test') => ({ id, agentId: 'agent-1', title, kind: 'command' as const });

test('a question is announced once', () => {
  const first = questionPlan(freshQuestionMemory, [question('a')], 0);
  expect(first.show).toEqual({ kind: 'question', title: 'agent-1 waits for you', body: 'It wants to run: npm test', place: '/approvals' });
  expect(questionPlan(first.memory, [question('a')], 60_000).show).toBeNull();
});

test('a flood is one notification, the next one after a while', () => {
  const first = questionPlan(freshQuestionMemory, [question('a'), question('b')], 0);
  expect(first.show?.title).toBe('2 questions of agents wait for you');
  const second = questionPlan(first.memory, [question('b'), question('c')], 1_000);
  expect([second.show, second.againInMs]).toEqual([null, 9_000]);
  expect(questionPlan(second.memory, [question('c')], 10_000).show?.title).toBe('agent-1 waits for you');
  expect(questionPlan(second.memory, [], 10_000)).toMatchObject({ show: null, againInMs: null });
});

test('nothing an agent writes breaks out of its line', () => {
  const { show } = questionPlan(freshQuestionMemory, [question('a', 'rm\n\u202ex\u0007')], 0);
  expect(show?.body).toBe('It wants to run: rm x');
});
