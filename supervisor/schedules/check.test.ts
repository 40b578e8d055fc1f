import { describe, expect, test } from 'vitest';
import { configSchema } from '../../contract/config.js';
import { defaultSchedules, schedulesSchema } from '../../contract/config-schedules.js';
import { parseConfig } from '../config/load-config.js';
import { checkSchedule, faultOfSchedules, knownOf } from './check.js';
import { known, scheduleWith } from './test-schedules.js';

const config = (text: string) => parseConfig(text, 'roost.yaml', { NAME: 'world' });

describe('the schedules of a config', () => {
  test('the five defaults are there without a line, and each can run', () => {
    const { schedules } = config('');
    expect(Object.keys(schedules)).toEqual(['governance', 'memory-cleanup', 'analytics-rollup', 'competitor-analysis', 'trend-scan']);
    const empty = configSchema.parse({});
    for (const one of Object.values(schedules))
      expect(
        checkSchedule(
          one,
          knownOf(() => empty),
        ).queue,
      ).toBeTruthy();
    expect(schedules['governance']).toMatchObject({ cron: '0 2 * * *', tz: 'UTC', missed: 'once', overlap: 'skip', mode: 'run' });
  });
  test('a line changes what it names, null takes away, another rule takes the place of the default one', () => {
    const { schedules } = config('schedules: { governance: { data: { auto_actions: true } }, trend-scan: null, memory-cleanup: { every: 30m } }');
    expect(schedules['governance']).toMatchObject({ cron: '0 2 * * *', data: { auto_actions: true } });
    expect(schedules['trend-scan']).toBeUndefined();
    expect(schedules['memory-cleanup']).toMatchObject({ every: 1_800_000, handler: 'memory-cleanup' });
    expect(schedules['memory-cleanup']?.cron).toBeUndefined();
  });
  test('variables are looked up', () => {
    expect(config('schedules: { a: { every: 1h, handler: command, data: { argv: [echo, "${NAME}", "$${NAME}"] } } }').schedules['a']?.data).toEqual({
      argv: ['echo', 'world', '${NAME}'],
    });
  });
  test('workers that do not consume the queues of the defaults do not keep a file from loading', () => {
    expect(() => config('workers: { turns: { queues: [turns, coach] } }')).not.toThrow();
  });
  test.each([
    ['a: { every: 1h }', /schedules.a.handler is needed/],
    ['a: { handler: command }', /schedules.a.cron is needed/],
    ['a: { cron: "0 4 * * *", every: 1h, handler: command }', /schedules.a.every must not stand beside cron/],
    ['a: { every: 1ms, handler: command }', /schedules.a.every must be a duration/],
    ['a: { cron: "0 4 * * *", handler: comand }', /schedules.a: handler must name what runs.*did you mean "command"/],
    ['a: { cron: "0 4 * * *", handler: command, data: { argv: x } }', /schedules.a: data.argv must be a list/],
    ['a: { cron: "0 4 * * *", tz: Mars/X, handler: command, data: { argv: [x] } }', /schedules.a: tz must be an IANA time zone/],
    ['a: { cron: "0 4 * * *", handler: command, queue: turns, data: { argv: [x] } }', /schedules.a: queue must be one that a worker consumes/],
    ['a: { crom: x }', /unknown key "schedules.a.crom"; did you mean "cron"/],
    ['constructor: { every: 1h, handler: command, data: { argv: [x] } }', /word of the language/],
    ['"a:b": { every: 1h, handler: command }', /must be 1 to 60/],
    ['a: { every: 1h, handler: toString }', /handler must name what runs/],
  ])('%s is refused', (entry, why) => {
    expect(() => config(`schedules: { ${entry} }`)).toThrow(why);
  });
});

test('handlers that only the running host can know are left to it', () => {
  const schedules = { a: scheduleWith({ every: 60_000, handler: 'mine' }) };
  expect(faultOfSchedules(schedules, known, { strangeHandlers: true })).toBeUndefined();
  expect(faultOfSchedules(schedules, known, { strangeHandlers: false })).toMatch(/^schedules.a: handler/);
});

test('every default names itself as an operator would', () => {
  for (const name of Object.keys(defaultSchedules)) expect(schedulesSchema.parse({ [name]: {} })).toHaveProperty(name);
});
