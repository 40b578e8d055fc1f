import { describe, expect, it } from 'vitest';
import { parseConfig } from './load-config.js';
import { nearestName } from './nearest-name.js';

const parse = (text: string, env = {}) => parseConfig(text, 'roost.yaml', env);

describe('parseConfig', () => {
  it('makes a full working stack of an empty file', () => {
    const config = parse('');
    expect(config.pool).toMatchObject({ size: 3, template: 'builtin', capacity: 50, checkEvery: 30_000 });
    expect(config.workers['turns']).toMatchObject({ queues: ['turns', 'coach'], concurrency: 50 });
    expect(config.coordinator.arms).toMatchObject({ npc: { prior: 0.7, weight: 1 }, tools: { prior: 0.6 }, knowledge: { prior: 0.5 } });
    expect(config.templates['builtin']).toMatchObject({ builtin: true, protocol: 'acp', initTimeout: 10_000 });
    expect(config.redis).toMatchObject({ mode: 'managed', maxMemory: 512 * 1024 ** 2 });
  });

  it('leaves no default queue without a worker, whatever the file names', () => {
    expect(Object.keys(parse('').workers)).toEqual(['turns', 'jobs']);
    expect(parse('workers: { turns: { queues: [turns, coach], concurrency: 3 } }').workers).toMatchObject({
      turns: { concurrency: 3 },
      jobs: { concurrency: { governance: 1, maintenance: 2, analytics: 3, trends: 3, analysis: 2 } },
    });
    const { workers } = parse('workers: { own: { queues: [turns, trends, mine] } }');
    expect(workers).toMatchObject({ others: { concurrency: { coach: 4, governance: 1, maintenance: 2, analytics: 3, analysis: 2 } } });
    expect(Object.keys(workers)).toEqual(['own', 'others']);
    // As many turns as places; what else a worker does is its own affair.
    expect(workers['own']?.concurrency).toBe(50);
    expect(parse('workers: { own: { queues: [mine] } }').workers['own']?.concurrency).toBe(10);
  });

  it.each([
    ['pol: {}', 'unknown key "pol"; did you mean "pool"?'],
    ['pool: { sise: 3 }', 'unknown key "pool.sise"; did you mean "size"?'],
    ['templates: { x: { comand: [a] } }', 'unknown key "templates.x.comand"; did you mean "command"?'],
    ['pool: { size: three }', 'pool.size must be a number, got "three"'],
    ['pool: { size: 101 }', 'pool.size must be at most 100, got 101'],
    ['pool: { size: "${SECRET}" }', 'pool.size must be a number, got "${SECRET}"'],
    ['version: 2', 'version must be 1, got 2'],
    ['coordinator: { policy: magic }', 'coordinator.policy must be one of "thompson"'],
    ['workers: { a: { queues: [] } }', 'workers.a.queues must hold at least 1 item, got an empty list'],
    ['a: &a [*a]', 'is nested deeper than 64 levels, or holds itself'],
    [
      `a: &a [${'1,'.repeat(9)}]\nb: &b [${'*a,'.repeat(9)}]\nc: &c [${'*b,'.repeat(9)}]\nd: [${'*c,'.repeat(9)}]`,
      'repeats parts of itself (&name, *name) more often than a config needs to',
    ],
    ['templates: { __proto__: { builtin: true } }', 'pool.template is "builtin", but templates has only '],
    ['pool: { checkEvery: 30 }', 'pool.checkEvery must be a string, got 30'],
    ['pool: { checkEvery: 30x }', 'must be a duration such as 30s'],
    ['pool: { template: ghost }', 'pool.template is "ghost", but templates has only builtin'],
    ['redis: { mode: external }', 'redis.url is needed when mode is external'],
    ['templates: { a: {} }', 'templates.a.command needs either builtin: true or a command'],
    ['handlers: { routes: { http: extra } }', 'handlers.routes sends http to the queue extra, which no worker consumes'],
    ['workers: { a: { concurrency: { turns: 2, coach: 1 } }, b: { queues: [x], concurrency: { y: 1 } } }', 'workers.b.concurrency must name the queue x, too'],
    ['workers: { a: { concurrency: 3 } }', 'workers.a.queues is needed when concurrency does not name them'],
    ['workers: { a: { concurrency: { "turns:1": 2 } } }', 'workers.a.concurrency must be a number from 1 to 200, or a map of queue names'],
    ['- a', 'must hold keys and values at the top, got a list'],
    ['a: 1\na: 2', 'Map keys must be unique'],
    ['a: [', 'end with a ]'],
    ['pool: { template: "${SIZE}" }', 'uses ${SIZE}, but the environment has no SIZE'],
    ['services: { redis: { command: [a] } }', 'services.redis is a name of Roost itself'],
    ['services: { worker-x: { command: [a] } }', 'services.worker-x is a name of Roost itself'],
    ['services: { Api: { command: [a] } }', 'services.Api must be 1 to 40 of a-z 0-9 - and start with a letter'],
    ['services: { a: {} }', 'services.a.command is needed (or one in each of windows, macos and linux)'],
    ['services: { a: { command: [x], redy: {} } }', 'unknown key "services.a.redy"; did you mean "ready"?'],
    ['services: { a: { command: [x], linux: { comand: [y] } } }', 'unknown key "services.a.linux.comand"; did you mean "command"?'],
    ['services: { a: { command: uvicorn } }', 'services.a.command must be a list, got "uvicorn"'],
    ['services: { a: { command: [x], ready: { timeout: 5s } } }', 'services.a.ready needs exactly one of http, tcp, log, command and message'],
    ['services: { a: { command: [x], ready: { tcp: 1, log: x } } }', 'services.a.ready needs exactly one of'],
    ['services: { a: { command: [x], alive: { log: x } } }', 'unknown key "services.a.alive.log"'],
    ['services: { a: { command: [x], ready: { tcp: nowhere } } }', 'services.a.ready.tcp must be a port, or host:port'],
    ['services: { a: { command: [x], stop: { signal: SIGKILL } } }', 'services.a.stop.signal'],
    ['services: { a: { command: [x], dependsOn: [rdis] } }', 'services.a.dependsOn names "rdis", which is no service; did you mean "redis"?'],
    ['services: { a: { command: [x], dependsOn: { redis: up } } }', 'services.a.dependsOn must be a list of names, or names with started, ready or healthy'],
    [
      'services: { a: { command: [x], dependsOn: [b] }, b: { command: [x], linux: { dependsOn: [a] } } }',
      'services wait for each other and none could ever start: a -> b -> a',
    ],
    ['services: { a: { command: [x], dependsOn: [a] } }', 'none could ever start: a -> a'],
  ])('refuses %j and says why', (text, message) => {
    expect(() => parse(text, { SECRET: 'hush' })).toThrow(message);
  });

  it('expands the environment and leaves an escaped one alone', () => {
    const config = parse('providers: [ { name: a, baseUrl: "http://127.0.0.1:1/v1", model: "${MODEL}", apiKey: "$${KEY}" } ]', { MODEL: 'llama' });
    expect(config.providers[0]).toMatchObject({ model: 'llama', apiKey: '${KEY}' });
  });
});

describe('nearestName', () => {
  it.each([
    ['pol', 'pool'],
    ['tempaltes', 'templates'],
    ['POOL', 'pool'],
    ['zzzzzz', undefined],
  ])('%s -> %s', (typed, expected) => {
    expect(nearestName(typed, ['pool', 'templates', 'sessions'])).toBe(expected);
  });
});
