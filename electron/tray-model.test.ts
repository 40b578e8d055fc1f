import { describe, expect, it } from 'vitest';
import { process, state } from './test-state.js';
import { toneOf, trayModel } from './tray-model.js';

const reason = (code: string, message = `${code}.`, about = 'worker-turns') => ({ code, process: about, message, runbook: code });

describe('toneOf', () => {
  it.each([
    ['healthy', [], [], 'healthy'],
    ['degraded', [reason('pool-empty')], [], 'degraded'],
    ['down', [reason('worker-down')], [], 'down'],
    ['down', [reason('starting'), reason('worker-down')], [], 'starting'],
    ['down', [reason('stopping')], [], 'starting'],
    ['down', [reason('starting'), reason('redis-down')], [process('redis', { kind: 'redis', state: 'failed' })], 'down'],
    ['down', [reason('starting')], [process('agent-1', { kind: 'agent', required: false, state: 'quarantined' })], 'starting'],
  ] as const)('%s with %j', (status, reasons, processes, tone) => expect(toneOf(state({ status, reasons, processes }))).toBe(tone));
});

describe('trayModel', () => {
  it('says how many agents are warm', () => {
    expect(trayModel(state({ status: 'healthy' }))).toMatchObject({ statusLine: 'Healthy: 3 of 3 agents warm', tooltip: 'Roost: Healthy: 3 of 3 agents warm' });
  });

  it('names the one reason in the menu and all in the tooltip', () => {
    expect(trayModel(state({ status: 'down', reasons: [reason('worker-down', 'The worker is gone.')] })).statusLine).toBe('Down: The worker is gone.');
    const two = trayModel(state({ status: 'down', reasons: [reason('redis-down', 'Redis is away.'), reason('worker-down', 'The worker is gone.')] }));
    expect(two.statusLine).toBe('Down: 2 reasons');
    expect(two.tooltip).toBe('Roost: Down: 2 reasons\nRedis is away.\nThe worker is gone.');
  });

  it('keeps the tooltip within what Windows shows, on clean lines', () => {
    const model = trayModel(state({ status: 'down', reasons: [reason('worker-down', `a\u001b[31m\nb\u202e ${'x'.repeat(500)}`)] }));
    expect(model.tooltip.length).toBeLessThanOrEqual(127);
    expect(model.tooltip.split('\n')).toHaveLength(2);
    expect(model.tooltip).not.toMatch(/[\u001b\u202e]/);
  });

  it('offers restarts, agents last, and only what may be restarted', () => {
    const model = trayModel(
      state({
        status: 'healthy',
        processes: [
          process('agent-1', { kind: 'agent' }),
          process('redis', { kind: 'redis', state: 'stopping', can: { start: false, stop: false, restart: false } }),
          process('worker-turns'),
        ],
      }),
    );
    expect(model.restarts).toEqual([
      { name: 'redis', label: 'redis (stopping)', enabled: false },
      { name: 'worker-turns', label: 'worker-turns', enabled: true },
      { name: 'agent-1', label: 'agent-1', enabled: true },
    ]);
  });
});
