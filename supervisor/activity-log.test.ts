import { describe, expect, it } from 'vitest';
import type { ProcessView } from '../contract/state.js';
import { processOf } from '../contract/test-state.js';
import { activityOf } from './activity-log.js';

const killed: ProcessView['lastExit'] = { atMs: 0, cause: 'signal', code: null, signal: 'SIGKILL', message: 'it was killed' };
const asked: ProcessView['lastExit'] = { ...killed, cause: 'deliberate', signal: null, message: 'Restart asked for.' };

describe('activityOf', () => {
  it.each([
    ['a crash and a pause', 'backoff', killed, 1, 'critical', 'worker-turns went down: it was killed. Roost starts it again.'],
    ['a crash and no pause', 'starting', killed, 1, 'critical', 'worker-turns went down: it was killed. Roost is starting it again.'],
    ['an end that nobody asked for', 'stopped', killed, 1, 'warning', 'worker-turns ended: it was killed.'],
    ['a stop', 'stopped', asked, 1, 'info', 'worker-turns was stopped.'],
  ] as const)('tells %s', (_, state, lastExit, incarnation, severity, message) => {
    expect(activityOf(processOf({}), processOf({ state, lastExit, incarnation }))).toMatchObject({ severity, message });
  });

  it('tells the first start and the later ones apart, and nothing that did not change', () => {
    expect(activityOf(processOf({ state: 'starting' }), processOf({}))?.message).toBe('worker-turns is ready.');
    expect(activityOf(processOf({ state: 'starting' }), processOf({ incarnation: 3 }))?.message).toBe('worker-turns is running again (start 3).');
    expect(activityOf(processOf({}), processOf({ rssBytes: 7 }))).toBeUndefined();
    expect(activityOf(undefined, processOf({}))).toBeUndefined();
  });
});
