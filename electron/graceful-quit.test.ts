import { describe, expect, it } from 'vitest';
import { silentLog } from '../core/base/log.js';
import { ManualClock } from '../core/base/manual-clock.js';
import { GracefulQuit } from './graceful-quit.js';

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};

function rig(options: { readonly stopEnds?: boolean } = {}) {
  const clock = new ManualClock();
  const events: string[] = [];
  let finish = (): void => undefined;
  const stopped = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const quit = new GracefulQuit({
    clock,
    log: silentLog,
    stop: (reason, drainMs) => {
      events.push(`stop ${reason} ${drainMs}`);
      return options.stopEnds === true ? Promise.resolve() : stopped;
    },
    close: async () => void events.push('close'),
    showProgress: () => events.push('show'),
    exit: (code) => events.push(`exit ${code}`),
  });
  return { clock, events, quit, finish: () => finish() };
}

describe('GracefulQuit', () => {
  it('drains, closes the doors and leaves with 0', async () => {
    const { quit, events, finish } = rig();
    quit.request('menu');
    await settle();
    expect(events).toEqual(['show', 'stop menu 30000']);
    finish();
    await settle();
    expect(events).toEqual(['show', 'stop menu 30000', 'close', 'exit 0']);
    expect(quit.stage).toBe('ended');
  });

  it('shortens the wait when asked again, and a third time changes nothing', async () => {
    const { quit, events, finish } = rig();
    quit.request('menu');
    quit.request('SIGTERM');
    quit.request('SIGTERM');
    expect(events).toEqual(['show', 'stop menu 30000', 'stop SIGTERM again 3000']);
    finish();
    await settle();
    expect(events.filter((event) => event.startsWith('exit'))).toEqual(['exit 0']);
  });

  it('leaves within 36 s whatever the core does', async () => {
    const { quit, events, clock } = rig();
    quit.request('menu');
    await clock.advance(35_999);
    await settle();
    expect(events).not.toContain('exit 0');
    await clock.advance(1);
    await settle();
    expect(events).toContain('exit 0');
  });

  it('leaves within 2 s at the end of the session, also in the middle of a drain', async () => {
    const { quit, events, clock } = rig();
    quit.request('menu');
    quit.sessionEnds();
    await clock.advance(2_000);
    await settle();
    expect(events).toEqual(['show', 'stop menu 30000', 'stop session end 0', 'exit 0']);
  });

  it('leaves with the code of a failed start', async () => {
    const { quit, events } = rig({ stopEnds: true });
    quit.request('failed start', 1);
    await settle();
    expect(events.at(-1)).toBe('exit 1');
  });

  it('leaves with 70 after a fault of its own', async () => {
    const { quit, events } = rig({ stopEnds: true });
    quit.crash(new Error('boom'));
    await settle();
    expect(events.at(-1)).toBe('exit 70');
  });
});
