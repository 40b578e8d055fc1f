import { expect, it } from 'vitest';
import { processOf, stateOf } from '../contract/test-state.js';
import { currentActor } from '../core/base/acting.js';
import { type Log, silentLog } from '../core/base/log.js';
import type { RoostCore } from '../supervisor/core.js';
import { shortcutsOf } from './shortcuts.js';

/** A core that notes who asked it for what, and refuses what it is told to. */
function setUp(refused: string | undefined = undefined) {
  const asked: string[] = [];
  const warned: string[] = [];
  const answer = (method: string) => (params: object) => {
    asked.push(`${currentActor()} ${method} ${JSON.stringify(params)}`);
    return method === refused ? Promise.reject(new Error('no')) : Promise.resolve({});
  };
  const methods = ['process.start', 'process.restart', 'hold.set', 'hold.release'];
  const processes = [
    processOf({ name: 'redis', kind: 'redis' }),
    // Waits to come back by itself: a person may have either.
    processOf({ name: 'api', kind: 'service', state: 'backoff', can: { start: true, stop: true, restart: true } }),
    processOf({ name: 'worker-turns' }),
    processOf({ name: 'worker-jobs', state: 'stopped', can: { start: true, stop: false, restart: false } }),
  ];
  const core = { handlers: Object.fromEntries(methods.map((one) => [one, answer(one)])), state: { state: stateOf({ processes }) } };
  const log: Log = { ...silentLog, warn: (message) => void warned.push(message) };
  return { asked, warned, shortcuts: shortcutsOf(core as unknown as RoostCore, log) };
}

it('restarts what runs and starts what was stopped, as a person at the screen', () => {
  const { shortcuts, asked } = setUp();
  shortcuts.restart('redis');
  shortcuts.restart('api');
  shortcuts.restartWorkers();
  expect(asked).toEqual([
    'screen process.restart {"name":"redis"}',
    'screen process.restart {"name":"api"}',
    'screen process.restart {"name":"worker-turns"}',
    'screen process.start {"name":"worker-jobs"}',
  ]);
});

it('holds and releases, and a refusal is only logged', async () => {
  const { shortcuts, asked, warned } = setUp('hold.set');
  shortcuts.hold();
  shortcuts.release();
  expect(asked).toEqual(['screen hold.set {"level":"hold"}', 'screen hold.release {}']);
  await expect.poll(() => warned).toEqual(['hold refused']);
});
