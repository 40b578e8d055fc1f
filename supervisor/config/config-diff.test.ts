import { describe, expect, it } from 'vitest';
import { configDiff, describeDiff, effective } from './config-diff.js';
import { parseConfig } from './load-config.js';

const parse = (text: string) => parseConfig(text, 'roost.yaml', {});
const nothing = { added: [], removed: [], changed: [] };
const none = {
  services: nothing,
  workers: nothing,
  templates: nothing,
  poolSize: undefined,
  poolRules: false,
  agentSetup: false,
  live: [],
  needsRestart: [],
};
const twoWorkers = 'workers: { turns: { queues: [turns, coach], concurrency: 4 }, more: { queues: [coach] } }';

describe('configDiff', () => {
  it.each([
    ['the same', '', '', {}],
    ['another notation of the same', 'pool: { checkEvery: 30s }', 'pool: { size: 3, checkEvery: 30000ms }', {}],
    [
      'services',
      'services: { a: { command: [x] }, b: { command: [x] }, c: { command: [x] } }',
      'services: { a: { command: [x] }, b: { command: [x], required: true }, d: { command: [x] } }',
      { services: { added: ['d'], removed: ['c'], changed: ['b'] } },
    ],
    ['concurrency of one worker', twoWorkers, twoWorkers.replace('4', '5'), { workers: { ...nothing, changed: ['turns'] } }],
    ['a worker gone', twoWorkers, 'workers: { turns: { queues: [turns, coach], concurrency: 4 } }', { workers: { ...nothing, removed: ['more'] } }],
    ['the size of the pool', '', 'pool: { size: 5 }', { poolSize: 5 }],
    ['a rule of the pool', '', 'pool: { capacity: 9 }', { poolRules: true }],
    [
      'a template',
      'templates: { builtin: { builtin: true } }',
      'templates: { builtin: { builtin: true, initTimeout: 3s } }',
      { templates: { ...nothing, changed: ['builtin'] } },
    ],
    ['folders of the agent', '', 'agent: { files: [/x] }', { agentSetup: true }],
    ['providers', '', 'providers: [ { name: a, baseUrl: "http://x/v1", model: m } ]', { agentSetup: true }],
    ['the coordinator', '', 'coordinator: { alpha: 2 }', { live: ['coordinator'] }],
    ['sessions and turns', '', 'sessions: { staleAfter: 1m }\nturns: { deadline: 1m }', { live: ['sessions', 'turns'] }],
    ['what only a restart can follow', '', 'redis: { maxMemory: 64MB }\napi: { port: 4000 }', { needsRestart: ['redis', 'api'] }],
  ])('%s', (_what, before, after, expected) => {
    expect(configDiff(parse(before), parse(after))).toEqual({ ...none, ...expected });
  });

  it('keeps what cannot follow as it was started', () => {
    const running = parse('api: { port: 4000 }');
    const next = parse('api: { port: 5000 }\npool: { size: 1 }');
    expect(effective(running, next)).toMatchObject({ api: { port: 4000 }, pool: { size: 1 } });
  });

  it('says in words what happens', () => {
    const diff = configDiff(parse('services: { a: { command: [x] } }'), parse('services: { a: { command: [y] } }\npool: { size: 1 }\napi: { port: 4000 }'));
    expect(describeDiff(diff)).toEqual([
      'service a changed: restarting',
      'the pool now keeps 1 warm',
      'api changed, which takes effect only when Roost is restarted',
    ]);
    expect(describeDiff(configDiff(parse(''), parse('')))).toEqual([]);
  });
});
