import { EventEmitter } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { silentLog } from '../core/base/log.js';
import { watchPower } from './power.js';

function rig(core?: object) {
  const events = new EventEmitter();
  const told: string[] = [];
  watchPower({
    core: core ?? { suspended: () => told.push('suspended'), resumed: () => told.push('resumed') },
    log: silentLog,
    events,
    sessionEnds: () => told.push('session ends'),
  });
  return { events, told };
}

describe('watchPower', () => {
  it.each([
    [
      ['suspend', 'resume'],
      ['suspended', 'resumed'],
    ],
    [
      ['suspend', 'suspend', 'resume'],
      ['suspended', 'resumed'],
    ],
    [
      ['resume', 'resume'],
      ['resumed', 'resumed'],
    ],
  ])('%j', (fired, expected) => {
    const { events, told } = rig();
    for (const event of fired) events.emit(event);
    expect(told).toEqual(expected);
  });

  it('works with a core that does not care', () => {
    const { events } = rig({});
    expect(() => events.emit('suspend')).not.toThrow();
    expect(() => events.emit('resume')).not.toThrow();
  });

  it('holds a shutdown back for the fast way out', () => {
    const { events, told } = rig();
    const preventDefault = vi.fn();
    events.emit('shutdown', { preventDefault });
    events.emit('shutdown');
    expect(preventDefault).toHaveBeenCalledOnce();
    expect(told).toEqual(['session ends', 'session ends']);
  });
});
