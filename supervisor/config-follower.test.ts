import { expect, it } from 'vitest';
import { type Config, configSchema } from '../contract/config.js';
import { Emitter } from '../core/base/emitter.js';
import { ManualClock } from '../core/base/manual-clock.js';
import { ActivityLog } from './activity-log.js';
import { configDiff } from './config/config-diff.js';
import type { ConfigChange, ConfigSource } from './config/config-source.js';
import { ConfigFollower } from './config-follower.js';

const before = {
  templates: { mine: { builtin: true }, foreign: { command: ['x'] } },
  services: { web: { command: ['web'] } },
  pool: { size: 2 },
} as const;

/** What is told to whom when the config becomes another one. */
function follow(after: object, change: Partial<ConfigChange> = {}): { readonly told: string[]; readonly lines: string[] } {
  const told: string[] = [];
  const changes = new Emitter<ConfigChange>();
  const activity = new ActivityLog({ clock: new ManualClock() });
  const running: Config = configSchema.parse(before);
  const config: Config = configSchema.parse({ ...before, ...after });
  const idle = ['mine', 'foreign', 'third'];
  const follower = new ConfigFollower({
    source: {
      file: '/c/roost.yaml',
      problem: null,
      access: { mended: null, exposed: null },
      onWarning: () => () => undefined,
      onChange: (listener: (one: ConfigChange) => void) => changes.on(listener),
      onProblem: () => () => undefined,
      start: () => undefined,
      stop: async () => undefined,
    } as unknown as ConfigSource,
    pool: {
      resize: (size) => told.push(`pool of ${size}`) && size,
      replan: () => void told.push('plan anew'),
      dropTemplates: (names) => void told.push(`drop ${[...names].join()}`),
      renewIdle: (of, why) => void told.push(`renew ${idle.filter(of).join()}: ${why}`),
    },
    workers: {
      apply: ({ added, removed, changed }) =>
        void (added.length + removed.length + changed.length > 0 && told.push(`workers ${[...added, ...removed, ...changed].join()}`)),
      tellSettings: () => void told.push('settings to the workers'),
    },
    services: { apply: async (services) => void told.push(`services ${[...services.keys()].join()}`) },
    activity,
    platform: 'linux',
    changed: () => void told.push('shown'),
  });
  follower.start();
  changes.emit({ diff: configDiff(running, config), config, repaired: false, ...change } as ConfigChange);
  return { told, lines: activity.items.map(({ severity, message }) => `${severity}: ${message}`) };
}

it.each<[string, object, string[]]>([
  ['nothing', {}, []],
  ['the size of the pool', { pool: { size: 5 } }, ['pool of 5']],
  ['a rule of the pool', { pool: { size: 2, checkEvery: '1m' } }, ['plan anew']],
  ['a template that is new', { templates: { ...before.templates, third: { command: ['y'] } } }, ['plan anew']],
  ['a template that is gone', { templates: { mine: before.templates.mine } }, ['drop foreign']],
  ['a template that is another', { templates: { ...before.templates, foreign: { command: ['z'] } } }, ['renew foreign: its template has changed']],
  ['what the built-in agent is told', { agent: { files: ['/notes'] } }, ['renew mine: the settings of the built-in agent have changed']],
  ['turns', { turns: { grace: '9s' } }, ['settings to the workers']],
  ['the coordinator', { coordinator: { alpha: 0.7 } }, ['settings to the workers']],
  ['a worker', { workers: { more: { queues: ['analysis'] } } }, ['workers ']],
])('an edit of %s is told to whom it concerns and to nobody else', (_what, after, expected) => {
  const { told } = follow(after);
  expect(told.slice(-2)).toEqual(['services web', 'shown']);
  const others = told.slice(0, -2);
  expect(others).toHaveLength(expected.length);
  for (const [at, text] of expected.entries()) expect(others[at]).toContain(text);
});

it('leaves a line that says what follows, a warning where only a restart helps, and that a broken file is in order again', () => {
  expect(follow({}).lines).toEqual(['info: The config was read again: nothing that matters has changed.']);
  expect(follow({ pool: { size: 5 } }).lines[0]).toContain('the pool now keeps 5 warm');
  expect(follow({ api: { port: 4_000 } }).lines[0]).toMatch(/^warning: .*only when Roost is restarted/);
  expect(follow({}, { repaired: true }).lines[0]).toContain('The config is in order again');
});
