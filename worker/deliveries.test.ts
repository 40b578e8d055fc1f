import { describe, expect, it } from 'vitest';
import type { DeliveryOutcome, FromWorker } from '../contract/messages.js';
import { ManualClock } from '../core/base/manual-clock.js';
import { Deliveries } from './deliveries.js';
import { stopReasons } from './stop-reason.js';

const done: DeliveryOutcome = { kind: 'done', text: 'four', provider: null, stopReason: 'end_turn', agentMs: 12 };
const request = { turnId: 't1', sessionId: 's1', arm: 'tools', text: '2+2', deadlineMs: 30_000 };

function setup() {
  const sent: FromWorker[] = [];
  const clock = new ManualClock();
  const deliveries = new Deliveries({ clock, send: (message) => void sent.push(message) });
  const abort = new AbortController();
  const idOf = (at: number): string => (sent[at] as Extract<FromWorker, { type: 'deliver' }>).requestId;
  return { sent, clock, deliveries, abort, idOf };
}

describe('Deliveries', () => {
  it('sends the request and gives each waiter its own answer', async () => {
    const { sent, deliveries, abort, idOf } = setup();
    const first = deliveries.deliver(request, abort.signal, () => undefined);
    const second = deliveries.deliver({ ...request, turnId: 't2' }, abort.signal, () => undefined);
    expect(sent).toMatchObject([
      { type: 'deliver', ...request },
      { type: 'deliver', turnId: 't2' },
    ]);
    deliveries.delivered(idOf(1), { kind: 'cancelled', text: 'x' });
    deliveries.delivered(idOf(0), done);
    deliveries.delivered('unknown', done);
    expect(await first).toEqual({ kind: 'done', value: done });
    expect(await second).toEqual({ kind: 'done', value: { kind: 'cancelled', text: 'x' } });
  });

  it('gives the supervisor its deadline and some grace, then stops waiting', async () => {
    const { clock, deliveries, abort } = setup();
    let result: unknown;
    void deliveries.deliver(request, abort.signal, () => undefined).then((value) => (result = value));
    await clock.advance(39_999);
    expect(result).toBeUndefined();
    await clock.advance(1);
    expect(result).toEqual({ kind: 'timeout' });
    expect(clock.pendingTimers).toBe(0);
  });

  it('a person who thinks makes nobody late, and the clock goes on afterwards', async () => {
    const { clock, deliveries, abort, idOf } = setup();
    let result: unknown;
    const patience: number[] = [];
    void deliveries.deliver(request, abort.signal, (patienceMs) => patience.push(patienceMs)).then((value) => (result = value));
    await clock.advance(30_000);
    deliveries.waitsForPerson(idOf(0), true);
    deliveries.waitsForPerson('unknown', true);
    await clock.advance(86_400_000);
    expect(result).toBeUndefined();
    deliveries.waitsForPerson(idOf(0), false);
    await clock.advance(39_999);
    expect(result).toBeUndefined();
    await clock.advance(1);
    expect(result).toEqual({ kind: 'timeout' });
    // Each is an announcement: standing still for that long is no stall.
    expect(patience).toEqual([40_000, 25 * 3_600_000, 40_000]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('waits a moment for the last word after a cancel, not when the job is handed back', async () => {
    const cancelled = setup();
    const answer = cancelled.deliveries.deliver(request, cancelled.abort.signal, () => undefined);
    cancelled.abort.abort(stopReasons.cancelled);
    await cancelled.clock.advance(500);
    cancelled.deliveries.delivered(cancelled.idOf(0), { kind: 'cancelled', text: 'half an ans' });
    expect(await answer).toEqual({ kind: 'done', value: { kind: 'cancelled', text: 'half an ans' } });

    const silent = setup();
    const nothing = silent.deliveries.deliver(request, silent.abort.signal, () => undefined);
    silent.abort.abort(stopReasons.cancelled);
    await silent.clock.advance(1_000);
    expect(await nothing).toEqual({ kind: 'aborted' });

    const handed = setup();
    const gone = handed.deliveries.deliver(request, handed.abort.signal, () => undefined);
    handed.abort.abort(stopReasons.handBack);
    expect(await gone).toEqual({ kind: 'aborted' });
  });
});
