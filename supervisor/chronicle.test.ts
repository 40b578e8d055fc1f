import { expect, it } from 'vitest';
import type { ExitView, ProcessView } from '../contract/state.js';
import { ManualClock } from '../core/base/manual-clock.js';
import { ActivityLog } from './activity-log.js';
import { Chronicle, type ChronicleOptions } from './chronicle.js';
import { fakeProcess } from './state/fake-state.js';

const exitAt = (atMs: number): ExitView => ({ atMs, cause: 'signal', code: null, signal: 'SIGKILL', message: 'killed by SIGKILL' });
const view = (change: Partial<ProcessView> = {}): ProcessView => ({ ...fakeProcess, name: 'worker-turns', kind: 'worker', ...change });

function write() {
  const told: string[] = [];
  const state = { stopping: false };
  const activity = new ActivityLog({ clock: new ManualClock() });
  const options = {
    activity,
    metrics: { processEnded: (name: string, cause: string) => told.push(`ended ${name} ${cause}`) },
    incidents: { seen: (before: ProcessView | undefined, now: ProcessView) => told.push(`seen ${before?.state ?? 'nothing'} ${now.state}`) },
    stopping: () => state.stopping,
  };
  return { told, state, activity, chronicle: new Chronicle(options as unknown as ChronicleOptions) };
}

it('counts each end once, however often it is looked at, and lets incidents see before and after', () => {
  const { told, chronicle, activity } = write();
  const down = view({ state: 'backoff', lastExit: exitAt(5) });
  chronicle.note([view()]);
  chronicle.note([down]);
  chronicle.note([down]);
  chronicle.note([view({ lastExit: exitAt(5), incarnation: 2 })]);
  chronicle.note([view({ state: 'backoff', lastExit: exitAt(9), incarnation: 2 })]);
  expect(told).toEqual([
    'seen nothing running',
    'seen running backoff',
    'ended worker-turns signal',
    'seen backoff backoff',
    'seen backoff running',
    'seen running backoff',
    'ended worker-turns signal',
  ]);
  expect(activity.items.length).toBeGreaterThan(0);
});

it('takes no end for a disturbance once Roost itself is stopping, but counts it', () => {
  const { told, state, chronicle } = write();
  chronicle.note([view()]);
  state.stopping = true;
  chronicle.note([view({ state: 'stopped', lastExit: exitAt(5) })]);
  expect(told).toEqual(['seen nothing running', 'ended worker-turns signal']);
});

it('knows nothing of agents, and takes one that comes back under an old name for a new one', () => {
  const { told, chronicle } = write();
  chronicle.note([view(), view({ name: 'agent-1', kind: 'agent' })]);
  chronicle.note([]);
  chronicle.note([view({ state: 'starting' })]);
  expect(told).toEqual(['seen nothing running', 'seen nothing starting']);
});
