import { describe, expect, it } from 'vitest';
import { matchingProcesses, type ProcessFilter } from './process-filter.js';

const one = (name: string, kind: 'redis' | 'worker' | 'agent' | 'service', state: 'running' | 'backoff' | 'failed' | 'stopped' | 'quarantined', detail = '') =>
  ({ name, kind, state, detail, pid: state === 'running' ? 4_242 : null }) as const;
const processes = [
  one('redis', 'redis', 'running'),
  one('worker-turns', 'worker', 'backoff', 'Starts again in 2 s'),
  one('agent-1', 'agent', 'running'),
  one('agent-2', 'agent', 'failed'),
  one('api', 'service', 'stopped', 'Stopped by a person.'),
  one('models', 'service', 'quarantined', 'It died 3 times: no such model'),
];

describe('matchingProcesses', () => {
  it.each<[ProcessFilter, string, readonly string[]]>([
    ['all', '', ['redis', 'worker-turns', 'agent-1', 'agent-2', 'api', 'models']],
    ['trouble', '', ['worker-turns', 'agent-2', 'models']],
    ['agents', '', ['agent-1', 'agent-2']],
    ['others', '', ['redis', 'worker-turns', 'api', 'models']],
    ['all', ' AGENT ', ['agent-1', 'agent-2']],
    ['all', 'such model', ['models']],
    ['all', '4242', ['redis', 'agent-1']],
    ['agents', 'failed', ['agent-2']],
    ['trouble', 'nothing is called so', []],
  ])('%s with "%s"', (filter, query, names) => expect(matchingProcesses(processes, filter, query, null).map(({ name }) => name)).toEqual(names));

  it('keeps the one that is open', () =>
    expect(matchingProcesses(processes, 'agents', '', 'redis').map(({ name }) => name)).toEqual(['redis', 'agent-1', 'agent-2']));
});
