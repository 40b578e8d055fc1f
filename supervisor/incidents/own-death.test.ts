import { expect, it } from 'vitest';
import { ownDeath } from './own-death.js';

const crash = { startedAtMs: Date.UTC(2026, 10, 22, 1), aliveAtMs: Date.UTC(2026, 10, 22, 3) };

it('tells what the dead run had running and what became of it', () => {
  const { message, lines } = ownDeath(crash, [
    { name: 'redis', pid: 10, action: 'killed' },
    { name: 'worker-turns', pid: 11, action: 'gone' },
    { name: 'api', pid: 12, action: 'not-ours' },
    { name: 'agent-3', pid: 13, action: 'survived' },
    { name: 'grandchild', pid: 14, action: 'killed' },
  ]);
  expect(message).toContain('last seen alive at 2026-11-22T03:00:00.000Z');
  expect(lines).toEqual([
    'That run began at 2026-11-22T01:00:00.000Z.',
    'It ran: redis, worker-turns, agent-3.',
    'Ended with it: worker-turns (pid 11).',
    'Left behind and ended now: redis (pid 10), grandchild (pid 14).',
    'Left behind and still there: agent-3 (pid 13).',
    'Their numbers belong to others now, who were left alone: api (pid 12).',
  ]);
});

it('says no more than is known', () => expect(ownDeath(crash, []).lines).toHaveLength(1));
