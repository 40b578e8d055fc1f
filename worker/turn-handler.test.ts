import { UnrecoverableError } from 'bullmq';
import { describe, expect, it } from 'vitest';
import { configSchema } from '../contract/config.js';
import { RoostError } from '../contract/errors.js';
import type { DeliveryOutcome, FromWorker } from '../contract/messages.js';
import { type TurnView, turnViewSchema } from '../contract/state.js';
import { turnOf } from '../contract/test-turn.js';
import { silentLog } from '../core/base/log.js';
import { ManualClock } from '../core/base/manual-clock.js';
import { Deliveries } from './deliveries.js';
import type { JobInHand } from './processor.js';
import { Slots } from './slots.js';
import { HandedBack, stopReasons } from './stop-reason.js';
import { TurnHandler, type TurnHandlerOptions } from './turn-handler.js';

const done: DeliveryOutcome = { kind: 'done', text: 'four', provider: 'ollama', stopReason: 'end_turn', agentMs: 70 };
const failed = (retryable: boolean): DeliveryOutcome => ({ kind: 'failed', code: 'agent-failed', message: 'it broke', retryable, agentMs: 30 });
const next = { turnId: 't2', sessionId: 's1' };
const terminal = ['done', 'failed', 'cancelled'];

function setup(stored: TurnView | undefined = turnOf(), broken: Partial<Pick<TurnHandlerOptions, 'arms' | 'turns'>> = {}) {
  const clock = new ManualClock(1_500);
  const sent: FromWorker[] = [];
  const done: string[] = [];
  const record: { turn: TurnView | undefined } = { turn: stored };
  const apply = (patch: Partial<TurnView>) => {
    if (record.turn !== undefined && !terminal.includes(record.turn.status)) record.turn = { ...record.turn, ...patch };
    return record.turn;
  };
  const deliveries = new Deliveries({ clock, send: (message) => void sent.push(message) });
  const handler = new TurnHandler({
    turns: {
      get: async () => record.turn,
      patch: async (_id, patch) => apply(patch),
      end: async (_id, patch) => ({ turn: apply(patch), next }),
      drop: async () => ({ next }),
      head: async () => next,
    },
    arms: {
      choose: async (turnId) => {
        done.push(`choose ${turnId}`);
        return { arm: 'tools', propensity: 0.4, kind: 'exploit', repeated: false };
      },
      observe: async (turnId, outcome) => {
        done.push(`observe ${turnId} ${outcome.failed ? 'failed' : outcome.latencyMs}`);
        return true;
      },
    },
    deliveries,
    followUps: { coach: async (job) => void done.push(`coach ${job.turnId}`), next: async (job) => void done.push(`next ${job.turnId} of ${job.sessionId}`) },
    send: (message) => void sent.push(message),
    coordinator: configSchema.parse({}).coordinator,
    turnDeadlineMs: 60_000,
    clock,
    log: silentLog,
    ...broken,
  });
  const abort = new AbortController();
  const job = (attemptsMade = 0): JobInHand => ({ name: 'turn', data: { turnId: 't1', sessionId: 's1' }, attemptsMade, opts: { attempts: 3 } });
  const run = (attemptsMade = 0) => {
    const result = handler.handle(job(attemptsMade), new Slots(clock).enter('turns', 't1', 'turn'), abort.signal);
    result.catch(() => undefined);
    return result;
  };
  const asked = () => sent.filter((message) => message.type === 'deliver');
  const answer = (outcome: DeliveryOutcome) => deliveries.delivered(asked().at(-1)?.requestId ?? '', outcome);
  return { clock, sent, done, record, handler, abort, run, asked, answer };
}

describe('TurnHandler', () => {
  it('serves a turn: arm, delivery, end, reward, coach, next turn', async () => {
    const t = setup();
    const result = t.run();
    await t.clock.advance(0);
    expect(t.record.turn).toMatchObject({ status: 'running', arm: 'tools', propensity: 0.4, decisionKind: 'exploit', attempts: 1, startedAt: 1_500 });
    expect(t.asked()).toMatchObject([{ turnId: 't1', sessionId: 's1', arm: 'tools', text: 'what is 2 + 2?', deadlineMs: 60_000 }]);
    await t.clock.advance(80);
    t.answer(done);
    await result;
    expect(t.record.turn).toMatchObject({
      status: 'done',
      text: 'four',
      provider: 'ollama',
      endedAt: 1_580,
      timings: { queueMs: 500, chooseMs: 0, agentMs: 70, totalMs: 580 },
    });
    expect(t.record.turn?.trace).toMatchObject([
      { step: 'queue', startMs: 0, endMs: 500 },
      { step: 'choose', startMs: 500, endMs: 500 },
      { step: 'agent', startMs: 500, endMs: 580 },
    ]);
    expect(t.done).toEqual(['choose t1', 'observe t1 70', 'coach t1', 'next t2 of s1']);
    const views = t.sent.flatMap((message) => (message.type === 'turn' ? [turnViewSchema.parse(message.turn).status] : []));
    expect(views).toEqual(['running', 'done']);
  });

  it('reuses the decision of an earlier run and keeps its start', async () => {
    const t = setup(
      turnOf({
        status: 'running',
        arm: 'npc',
        propensity: 0.7,
        decisionKind: 'forced',
        startedAt: 1_200,
        attempts: 1,
        timings: { queueMs: 200, chooseMs: 3, agentMs: null, totalMs: null },
        trace: [
          { step: 'queue', startMs: 0, endMs: 200 },
          { step: 'agent', startMs: 210, endMs: null },
        ],
      }),
    );
    const result = t.run();
    await t.clock.advance(0);
    expect(t.asked()).toMatchObject([{ arm: 'npc' }]);
    t.answer(done);
    await result;
    expect(t.done).not.toContain('choose t1');
    expect(t.record.turn).toMatchObject({ status: 'done', startedAt: 1_200, timings: { queueMs: 200, chooseMs: 3 } });
    expect(t.record.turn?.trace).toMatchObject([{ step: 'queue' }, { step: 'agent', note: 'cut off', endMs: 500 }, { step: 'agent', endMs: 500 }]);
  });

  it('only repeats what follows when the turn has ended already', async () => {
    const t = setup(turnOf({ status: 'done', arm: 'npc', text: 'four', timings: { queueMs: 1, chooseMs: 1, agentMs: 44, totalMs: 50 } }));
    await t.run();
    expect(t.asked()).toEqual([]);
    expect(t.done).toEqual(['observe t1 44', 'coach t1', 'next t2 of s1']);
  });

  it('has the job tried again after a failure that may pass, and fails the turn on the last try', async () => {
    const t = setup();
    const first = t.run(0);
    await t.clock.advance(0);
    t.answer(failed(true));
    await expect(first).rejects.toThrow('agent-failed: it broke');
    await expect(first).rejects.not.toBeInstanceOf(UnrecoverableError);
    expect(t.record.turn).toMatchObject({ status: 'queued', attempts: 1, error: { code: 'agent-failed' } });

    const last = t.run(2);
    await t.clock.advance(0);
    expect(t.record.turn).toMatchObject({ status: 'running', attempts: 3, error: null });
    t.answer(failed(true));
    await expect(last).rejects.toBeInstanceOf(UnrecoverableError);
    expect(t.record.turn).toMatchObject({ status: 'failed', error: { code: 'agent-failed', message: 'it broke' } });
    expect(t.done).toEqual(['choose t1', 'observe t1 failed', 'coach t1', 'next t2 of s1']);
  });

  it('lets its job go when no agent can be had: the turn waits without one and has lost no attempt', async () => {
    const { run, answer, asked, record, done } = setup();
    const result = run(2);
    await expect.poll(() => asked().length).toBe(1);
    answer({ kind: 'parked', message: 'agents of template x do not start' });
    await expect(result).resolves.toBeUndefined();
    expect(record.turn).toMatchObject({ status: 'queued', progress: 'Waiting for an agent: agents of template x do not start', error: null, endedAt: null });
    expect(done.filter((what) => what.startsWith('next') || what.startsWith('observe'))).toEqual([]);
  });

  it('fails at once what cannot pass, and on silence says what may have run', async () => {
    const t = setup();
    const result = t.run();
    await t.clock.advance(0);
    t.answer(failed(false));
    await expect(result).rejects.toBeInstanceOf(UnrecoverableError);
    expect(t.record.turn?.status).toBe('failed');

    const silent = setup();
    const late = silent.run();
    await silent.clock.advance(70_000);
    await expect(late).rejects.toBeInstanceOf(UnrecoverableError);
    expect(silent.record.turn?.error).toEqual({ code: 'timeout', message: expect.stringContaining('may have done part') });
  });

  it('ends cancelled when a person cancels, keeps streamed text, and tells the coordinator nothing', async () => {
    const t = setup(turnOf({ text: 'half an' }));
    const result = t.run();
    await t.clock.advance(0);
    t.abort.abort(stopReasons.cancelled);
    await t.clock.advance(1_000);
    await result;
    expect(t.record.turn).toMatchObject({ status: 'cancelled', text: 'half an', error: null });
    expect(t.done).toEqual(['choose t1', 'coach t1', 'next t2 of s1']);
  });

  it('delivers nothing when the turn was cancelled while its arm was chosen', async () => {
    const t = setup();
    const result = t.run();
    if (t.record.turn !== undefined) t.record.turn = { ...t.record.turn, status: 'cancelled' };
    await t.clock.advance(0);
    await result;
    expect(t.asked()).toEqual([]);
    expect(t.record.turn?.status).toBe('cancelled');
  });

  it('changes nothing more once its job is handed back', async () => {
    const t = setup();
    const result = t.run();
    await t.clock.advance(0);
    t.abort.abort(stopReasons.handBack);
    await expect(result).rejects.toBeInstanceOf(HandedBack);
    expect(t.record.turn?.status).toBe('running');
    expect(t.done).toEqual(['choose t1']);
  });

  it('lets an unexpected error have the job tried again, but never leaves the turn open at the last try', async () => {
    const arms = {
      choose: async () => {
        throw new TypeError('bug');
      },
      observe: async () => true,
    };
    const t = setup(turnOf(), { arms });
    await expect(t.run(0)).rejects.toThrow('bug');
    expect(t.record.turn?.status).toBe('queued');
    await expect(t.run(2)).rejects.toBeInstanceOf(UnrecoverableError);
    expect(t.record.turn).toMatchObject({ status: 'failed', error: { code: 'internal' } });
    expect(t.record.turn?.error?.message).not.toContain('bug');
  });

  it('fails at once, in plain words, when no arm may be chosen', async () => {
    const arms = {
      choose: async () => {
        throw new RoostError('config-invalid', 'Every arm is frozen.');
      },
      observe: async () => true,
    };
    const t = setup(turnOf(), { arms });
    await expect(t.run(0)).rejects.toBeInstanceOf(UnrecoverableError);
    expect(t.record.turn).toMatchObject({ status: 'failed', error: { code: 'config-invalid', message: 'Every arm is frozen.' } });
  });

  it('a record that vanished while its turn ran ends nothing, and the next turn goes on', async () => {
    const t = setup();
    const result = t.run();
    await t.clock.advance(0);
    t.record.turn = undefined;
    t.answer(done);
    await result;
    expect(t.done).toEqual(['choose t1', 'next t2 of s1']);
  });

  it('takes a turn without a record out of the line', async () => {
    const t = setup();
    t.record.turn = undefined;
    await expect(t.run()).rejects.toBeInstanceOf(UnrecoverableError);
    expect(t.done).toEqual(['next t2 of s1']);
  });

  it('refuses a job that is not a turn', async () => {
    const t = setup();
    await expect(
      t.handler.handle({ name: 'turn', data: null, attemptsMade: 0, opts: {} }, new Slots(t.clock).enter('turns', 'x', 'turn'), t.abort.signal),
    ).rejects.toBeInstanceOf(UnrecoverableError);
  });
});
