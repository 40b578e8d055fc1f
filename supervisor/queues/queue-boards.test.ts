import { describe, expect, it } from 'vitest';
import type { QueueView } from '../../contract/state.js';
import { ManualClock } from '../../core/base/manual-clock.js';
import { keysFor } from '../../core/redis/keys.js';
import { JobTallies } from '../history/tallies.js';
import { type LocalWorker, QueueBoards } from './queue-boards.js';

const clock = new ManualClock(1_800_000_000_000);
const view = (part: Partial<QueueView> = {}): QueueView => ({
  waiting: 0,
  active: 0,
  delayed: 0,
  failed: 0,
  completed: 0,
  oldestWaitingMs: null,
  workers: 1,
  paused: false,
  ...part,
});
const local = (part: Partial<LocalWorker> = {}): LocalWorker => ({
  name: 'worker-jobs',
  state: 'running',
  pid: 7,
  queues: ['trends', 'analysis'],
  slots: (queue) => (queue === 'trends' ? 3 : 2),
  jobs: [{ queue: 'trends' }, { queue: 'trends' }, { queue: 'analysis' }],
  ageMs: 300,
  ...part,
});
const far = (worker: string, node: string, slots: Record<string, number>) => [
  worker,
  400,
  JSON.stringify({ node, host: 'far', pid: 9, startedAtMs: 0, slots, busy: { trends: 1 } }),
];

/** Boards over a Redis that answers the one script they ask it. */
async function boards(locals: readonly LocalWorker[], rows: readonly unknown[] = [], tallies = new JobTallies()): Promise<QueueBoards> {
  const made = new QueueBoards({ node: 'n1', keys: keysFor('roost'), clock, tallies: () => tallies, locals: () => locals });
  await made.look({ evalsha: async () => rows, eval: async () => rows } as never);
  return made;
}

describe('who consumes a queue', () => {
  it('are its workers here, in whatever state, and living ones elsewhere', async () => {
    const made = await boards(
      [local(), local({ name: 'worker-spare', state: 'backoff', pid: null })],
      [far('n2.worker-jobs', 'n2', { trends: 4 }), far('n2.worker-turns', 'n2', { turns: 10 })],
    );
    expect(made.consumers('trends')).toMatchObject([
      { worker: 'n1.worker-jobs', here: true, state: 'running', concurrency: 3, busy: 2, ageMs: 300 },
      { worker: 'n1.worker-spare', here: true, state: 'backoff' },
      { worker: 'n2.worker-jobs', here: false, state: 'running', host: 'far', concurrency: 4, busy: 1, ageMs: 400 },
    ]);
    expect(made.count('trends')).toBe(2);
    // Turns belong to a node.
    expect(made.count('turns')).toBe(0);
  });

  it('never counts a worker of this node twice', async () => {
    const made = await boards([local()], [far('n1.worker-jobs', 'n1', { trends: 3 })]);
    expect(made.consumers('trends')).toHaveLength(1);
  });

  it('nobody: the board says so', async () => {
    expect((await boards([local({ state: 'quarantined' })])).board('trends', view({ waiting: 4 }))).toMatchObject({ unconsumed: true, clearMs: null });
  });
});

describe('a board', () => {
  it('tells rate and time to clear, but none while it is paused', async () => {
    const tallies = new JobTallies();
    for (let at = 0; at < 30; at++)
      tallies.add(
        { q: 'trends', n: 'scan', i: String(at), o: at === 0 ? 'failed' : 'completed', t: clock.wallMs() - at * 1_000, w: 5, r: 9, a: 1, d: 'n1' },
        clock.wallMs(),
      );
    const made = await boards([local()], [], tallies);
    expect(made.board('trends', view({ waiting: 60 }))).toMatchObject({
      perMinute: 30,
      failedPerMinute: 1,
      clearMs: 120_000,
      unconsumed: false,
      names: [{ name: 'scan', completed: 29 }],
    });
    expect(made.board('trends', view({ waiting: 60, paused: true }))).toMatchObject({ paused: true, clearMs: null });
  });
});
