import { expect, it } from 'vitest';
import { ManualClock } from '../../../core/base/manual-clock.js';
import { FakeLauncher } from '../../pool/fake-launcher.js';
import type { ClearedCommand } from './command-gate.js';
import { Terminals } from './terminals.js';

const command: ClearedCommand = { argv: ['x'], cwd: '/w', env: {}, changes: false };

function open() {
  const clock = new ManualClock();
  const launcher = new FakeLauncher(clock);
  const terminals = new Terminals({ agentId: 'a', launcher, clock, deadlineMs: () => 30_000 });
  const id = terminals.start(command, 't1', null);
  const child = launcher.named('a.run');
  let waited = false;
  const wait = (): void => void terminals.wait(id).then(() => (waited = true));
  return { clock, terminals, id, child, capture: child.launch.capture, wait, waited: () => waited };
}

it('a command has ended for whoever waits once all it printed is there', async () => {
  const { clock, terminals, id, child, capture, wait, waited } = open();
  wait();
  capture?.chunk(Buffer.from('first '));
  child.die();
  await clock.advance(500);
  expect(waited()).toBe(false);
  capture?.chunk(Buffer.from('last'));
  capture?.end();
  await clock.advance(0);
  expect(waited()).toBe(true);
  expect(terminals.read(id)).toMatchObject({ output: 'first last', exit: { exitCode: 1 } });
});

it('nobody waits longer than a second for output that somebody else holds open', async () => {
  const { clock, child, wait, waited } = open();
  wait();
  child.die();
  await clock.advance(999);
  expect(waited()).toBe(false);
  await clock.advance(1);
  expect(waited()).toBe(true);
});

it('a command that takes too long is ended, one that ended before is left alone', async () => {
  const { clock, child } = open();
  await clock.advance(30_000);
  expect(child.exit).toMatchObject({ cause: 'deadline', message: 'the command took longer than 30 s' });
  const other = open();
  other.child.die('crash', 'it crashed');
  await other.clock.advance(60_000);
  expect(other.child.exit).toMatchObject({ cause: 'crash' });
  expect(other.clock.pendingTimers).toBe(0);
});
