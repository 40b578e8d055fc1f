import { expect, test } from 'vitest';
import { approvalWish, costText, tokensText } from './approval.js';

test('sums and counts are short and keep what matters', () => {
  expect([0, 0.000123, 0.0451, 1.239, 12].map(costText)).toEqual(['$0.00', '$0.00012', '$0.045', '$1.24', '$12.00']);
  expect([0, 999, 1_000, 12_340, 2_500_000].map(tokensText)).toEqual(['0', '999', '1.0k', '12.3k', '2.5M']);
});

test('a wish says who and what', () => {
  expect(approvalWish({ kind: 'command', agentId: 'agent-1' })).toBe('agent-1 wants to run');
  expect(approvalWish({ kind: 'permission', agentId: 'agent-1' })).toBe('agent-1 asks to go on');
});
