import { describe, expect, it } from 'vitest';
import { type JobAct, type JobState, jobActs, jobStates } from '../../../contract/job-views.js';
import { actsOf, whyNot } from './job-rules.js';

const possible = (job: { queue: string; name: string }): Record<string, JobAct[]> =>
  Object.fromEntries(jobStates.map((state) => [state, jobActs.filter((act) => whyNot(act, { ...job, state }) === null)]));

describe('what a person may do with a job', () => {
  it('depends on its state', () => {
    expect(possible({ queue: 'maintenance', name: 'memory-cleanup' })).toEqual({
      waiting: ['cancel', 'remove', 'duplicate'],
      active: ['cancel', 'duplicate'],
      delayed: ['cancel', 'remove', 'promote', 'duplicate'],
      failed: ['retry', 'remove', 'duplicate'],
      completed: ['retry', 'remove', 'duplicate'],
    });
  });

  it('never takes the job of a turn away from its session', () => {
    expect(possible({ queue: 'turns', name: 'turn' })).toEqual({
      waiting: ['cancel'],
      active: ['cancel'],
      delayed: ['cancel', 'promote'],
      failed: ['remove'],
      completed: ['remove'],
    });
  });

  it('leaves the canary alone in every state', () => {
    for (const state of jobStates) for (const act of jobActs) expect(whyNot(act, { queue: 'turns', name: 'canary', state })).toMatch(/canary/);
  });

  it.each<[JobAct, JobState]>([
    ['retry', 'active'],
    ['cancel', 'completed'],
    ['remove', 'active'],
    ['promote', 'waiting'],
  ])('says which state it is in when %s meets %s', (act, state) => {
    expect(actsOf({ queue: 'trends', name: 'trend-scan', state })[act]).toMatch(new RegExp(`^it is ${state}`));
  });
});
