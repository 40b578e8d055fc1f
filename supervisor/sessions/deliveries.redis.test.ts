import { describe, expect, it } from 'vitest';
import type { DeliveryOutcome } from '../../contract/messages.js';
import { systemClock } from '../../core/base/clock.js';
import { speakAcp } from '../pool/fake-launcher.js';
import { type Desk, deliverRequest, deskHouse, eventually, type openDesk, says } from './test-desk.js';

const desks = deskHouse();
const open = async (options: Parameters<typeof openDesk>[1] = {}): Promise<Desk & { sessionId: string }> => {
  const desk = await desks.open(options);
  return { ...desk, sessionId: (await desk.sessions.begin({ userId: 'ann' })).sessionId };
};

describe('Deliveries', () => {
  it('delivers once: the same turn joins, and later gets the same outcome', async () => {
    let prompts = 0;
    const { deliveries, sessionId, turns, sessions } = await open(
      says((text, { say, stop }) => {
        prompts++;
        say(`echo ${text}`);
        setTimeout(() => stop('end_turn', 'ollama'), 20);
      }),
    );
    const { turnId } = await turns.create({ sessionId, text: 'hi' });
    const both = Promise.all([
      deliveries.deliver(deliverRequest(turnId, sessionId)),
      deliveries.deliver({ ...deliverRequest(turnId, sessionId), requestId: 'again' }),
    ]);
    await eventually(async () => expect((await sessions.get(sessionId)).session.status).toBe('busy'));
    const [one, two] = await both;
    expect(one).toMatchObject({ kind: 'done', text: 'echo hi', provider: 'ollama', stopReason: 'end_turn', agentMs: expect.any(Number) });
    expect(two).toBe(one);
    expect(await deliveries.deliver(deliverRequest(turnId, sessionId))).toBe(one);
    expect(prompts).toBe(1);
    await eventually(async () => expect((await sessions.get(sessionId)).session.status).toBe('ready'));
  });

  it('never gives an agent two turns at once', async () => {
    let busy = 0;
    let most = 0;
    const { deliveries, sessionId } = await open(
      says((_, { stop }) => {
        most = Math.max(most, ++busy);
        setTimeout(() => {
          busy--;
          stop();
        }, 10);
      }),
    );
    const outcomes = await Promise.all(['a', 'b', 'c'].map((id) => deliveries.deliver(deliverRequest(id, sessionId))));
    expect(outcomes.map(({ kind }) => kind)).toEqual(['done', 'done', 'done']);
    expect(most).toBe(1);
  });

  const calls = (wire: { receive(message: unknown): void }, title: string, kind: string) =>
    wire.receive({
      jsonrpc: '2.0',
      method: 'session/update',
      params: { sessionId: 'one', update: { sessionUpdate: 'tool_call', toolCallId: title, title, kind, status: 'in_progress' } },
    });

  it('ran a command again when its agent died over it: now the turn fails and says what may have run', async () => {
    let prompts = 0;
    const desk = await open(
      says((_, { wire }) => {
        prompts += 1;
        calls(wire, 'deploy', 'execute');
        setTimeout(() => desk.launcher.live.find((child) => child.wire === wire)?.die('signal', 'killed'), 20);
      }),
    );
    const { turnId } = await desk.turns.create({ sessionId: desk.sessionId, text: 'x' });
    expect(await desk.deliveries.deliver(deliverRequest(turnId, desk.sessionId))).toMatchObject({
      kind: 'failed',
      code: 'agent-died',
      retryable: false,
      message: expect.stringMatching(/May have run already: “deploy” \(under way\)\. It was not put to another agent/),
    });
    expect(prompts).toBe(1);
  });

  it('ran a command again when Roost itself was killed over it: now the turn fails and says what may have run', async () => {
    let prompts = 0;
    const { deliveries, sessionId, turns, turnStore } = await open(
      says((_, { stop }) => {
        prompts += 1;
        stop();
      }),
    );
    const left = async (kind: string, status: 'in_progress' | 'pending') => {
      const { turnId } = await turns.create({ sessionId, text: 'x' });
      const tool = { id: 'a', title: 'deploy', kind, status, places: [], text: null, diffs: [] };
      await turnStore.patch(turnId, { status: 'running', work: { plan: [], tools: [tool], more: 0, tokens: null } });
      return deliveries.deliver(deliverRequest(turnId, sessionId));
    };
    expect(await left('execute', 'in_progress')).toMatchObject({
      kind: 'failed',
      code: 'shutting-down',
      retryable: false,
      message: expect.stringMatching(/Roost ended in the middle.*May have run already: “deploy” \(under way\)/),
    });
    expect(prompts).toBe(0);
    // What only looked, or only waited for a person, is simply asked again.
    expect(await left('read', 'in_progress')).toMatchObject({ kind: 'done' });
    expect(await left('execute', 'pending')).toMatchObject({ kind: 'done' });
    expect(prompts).toBe(2);
  });

  it('a turn that waited for a person ran into its deadline: now the time of people counts nowhere', async () => {
    const told: boolean[] = [];
    let thinking = false;
    const { deliveries, turns, sessionId, sessions } = await open({
      ...says((_, { wire, stop }) => {
        const question = { toolCall: { toolCallId: 'a', title: 'delete it' }, options: [{ optionId: 'yes', name: 'Yes', kind: 'allow_once' }] };
        wire.receive({ jsonrpc: '2.0', id: 7, method: 'session/request_permission', params: { sessionId: 'one', ...question } });
        const answered = setInterval(() => {
          if (!wire.sent.some((message) => (message as { id?: number }).id === 7)) return;
          clearInterval(answered);
          stop();
        }, 5);
      }),
      served: {
        permission: async (_question, turn) => {
          turn.onWaiting(true, 'delete it');
          thinking = true;
          await new Promise<void>((resolve) => systemClock.after(2_200, resolve));
          turn.onWaiting(false, 'delete it');
          return 'allowed';
        },
      },
    });
    const { turnId } = await turns.create({ sessionId, text: 'x' });
    const answer = deliveries.deliver(deliverRequest(turnId, sessionId, { deadlineMs: 1_500 }));
    await eventually(() => expect(thinking).toBe(true));
    // A worker that takes the job over hears of it at once.
    void deliveries.deliver(deliverRequest(turnId, sessionId, { deadlineMs: 1_500 }), { onWaiting: (waiting) => told.push(waiting) });
    expect((await sessions.get(sessionId)).session.status).toBe('waiting-human');
    const outcome = await answer;
    expect(outcome).toMatchObject({ kind: 'done' });
    if (outcome.kind !== 'done') throw new Error('not done');
    expect(outcome.humanMs).toBeGreaterThanOrEqual(2_190);
    expect(outcome.agentMs).toBeLessThan(1_500);
    expect(told).toEqual([true, false]);
  });

  it('says at the deadline whether the backend, the command or the agent was slow', async () => {
    const { deliveries, turns, sessionId } = await open(
      says((text, { wire, say }) => (text === 'silence' ? say('hm') : calls(wire, text, text === 'Ask ollama' ? 'fetch' : 'execute'))),
    );
    const messageOf = async (text: string) => {
      const { turnId } = await turns.create({ sessionId, text });
      const outcome = await deliveries.deliver(deliverRequest(turnId, sessionId, { text, deadlineMs: 400 }));
      return outcome.kind === 'failed' ? `${outcome.code} ${outcome.message}` : outcome.kind;
    };
    expect(await messageOf('silence')).toMatch(/^timeout Not answered within 400ms: the agent was slow: .* had said 2 characters/);
    expect(await messageOf('Ask ollama')).toMatch(/the backend was slow: “Ask ollama”.*No step that changes anything was seen/);
    expect(await messageOf('make all')).toMatch(/the command was slow: “make all”.*May have run already: “make all” \(under way\)/);
  });

  it('puts the turn to another agent when its agent dies, with a line in the trace, and gives up after three', async () => {
    let deaths = 0;
    const { deliveries, sessionId, turns, launcher } = await open(
      says((text, { say, stop }) => {
        say('half');
        const dies = text === 'poison' || deaths === 0;
        if (dies)
          setTimeout(() => {
            deaths++;
            launcher.live
              .find(({ wire }) => wire?.sent.some((m) => (m as { method?: string }).method === 'session/prompt'))
              ?.die('signal', 'killed by SIGKILL');
          }, 5);
        else {
          say(' whole');
          stop();
        }
      }),
    );
    const { turnId } = await turns.create({ sessionId, text: 'hi' });
    expect(await deliveries.deliver(deliverRequest(turnId, sessionId))).toMatchObject({ kind: 'done', text: 'half whole' });
    expect((await turns.get(turnId)).turn.trace).toEqual([expect.objectContaining({ step: 'agent-died', note: expect.stringContaining('killed by SIGKILL') })]);
    expect(await deliveries.deliver(deliverRequest('poison', sessionId, { text: 'poison' }))).toMatchObject({
      kind: 'failed',
      code: 'agent-died',
      retryable: false,
    });
    expect(deaths).toBe(4);
  });

  it('cancels at the deadline, and ends an agent that does not listen', async () => {
    const { deliveries, sessionId, launcher } = await open({
      grace: '500ms',
      onLaunch: (child) => {
        speakAcp(child, () => undefined);
        const peer = child.wire?.peer;
        // Deaf to cancel.
        if (child.wire && peer)
          child.wire.peer = (message: { method?: string }, wire) => (message.method === 'session/cancel' ? undefined : peer(message as never, wire));
      },
    });
    expect(await deliveries.deliver(deliverRequest('t1', sessionId, { deadlineMs: 1_000 }))).toMatchObject({
      kind: 'failed',
      code: 'timeout',
      retryable: false,
    });
    expect(launcher.named('agent-1').exit).toMatchObject({ cause: 'deadline' });
  });

  it('passes on the error of an agent that refuses, and treats broken output as a death', async () => {
    const { deliveries, sessionId, launcher } = await open(
      says((text, { wire, stop }) => {
        const { id } = wire.sent.at(-1) as { id: number };
        if (text === 'refuse') wire.receive({ jsonrpc: '2.0', id, error: { code: -32603, message: 'no model' } });
        else if (launcher.launched.filter(({ exit }) => exit?.cause === 'protocol').length === 0) wire.receive('garbage');
        else stop();
      }),
    );
    expect(await deliveries.deliver(deliverRequest('t1', sessionId, { text: 'refuse' }))).toMatchObject({
      kind: 'failed',
      code: 'agent-failed',
      message: expect.stringContaining('no model'),
      retryable: false,
    });
    expect(await deliveries.deliver(deliverRequest('t2', sessionId, { text: 'break' }))).toMatchObject({ kind: 'done' });
  });

  it('does nothing for a turn that has ended or a session that is gone, and says so', async () => {
    const { deliveries, sessionId, turns, sessions } = await open();
    const { turnId } = await turns.create({ sessionId, text: 'x' });
    await turns.cancel(turnId);
    expect(await deliveries.deliver(deliverRequest(turnId, sessionId))).toMatchObject({ kind: 'cancelled' } satisfies Partial<DeliveryOutcome>);
    await sessions.end(sessionId);
    expect(await deliveries.deliver(deliverRequest('t9', sessionId))).toMatchObject({ kind: 'cancelled' });
    expect(deliveries.cancel('t9')).toBe(false);
  });

  it('a session stayed busy for ever after its agent missed the deadline: now it is ready with a fresh agent', async () => {
    const { deliveries, sessionId, launcher, sessions } = await open({
      grace: '500ms',
      onLaunch: (child) => {
        speakAcp(child, () => undefined);
        const peer = child.wire?.peer;
        // Frozen: deaf to cancel, and its end takes a while.
        if (child.launch.name !== 'agent-1' || child.wire === null || peer === undefined) return;
        child.stubborn = true;
        child.wire.peer = (message: { method?: string }, wire) => (message.method === 'session/cancel' ? undefined : peer(message as never, wire));
      },
    });
    const outcome = deliveries.deliver(deliverRequest('t1', sessionId, { deadlineMs: 1_000 }));
    expect(await outcome).toMatchObject({ kind: 'failed', code: 'timeout', retryable: false });
    launcher.named('agent-1').die('signal', 'killed by SIGKILL');
    await eventually(async () => expect((await sessions.get(sessionId)).session).toMatchObject({ status: 'ready', agentId: 'agent-2' }));
  });

  it('an agent that froze before it got its turn held it for ten minutes: now another one answers, with a line in the trace', async () => {
    const { deliveries, sessionId, turns } = await open({
      silence: { quietMs: 400, answerMs: 400 },
      onLaunch: (child) => {
        speakAcp(child);
        const peer = child.wire?.peer;
        if (child.launch.name !== 'agent-1' || child.wire === null || peer === undefined) return;
        child.wire.peer = (message: { method?: string }, wire) =>
          message.method === 'session/prompt' || message.method === '_roost/ping' ? undefined : peer(message as never, wire);
      },
    });
    const { turnId } = await turns.create({ sessionId, text: 'hi' });
    expect(await deliveries.deliver(deliverRequest(turnId, sessionId))).toMatchObject({ kind: 'done', text: 'echo hi' });
    expect((await turns.get(turnId)).turn.trace).toEqual([
      expect.objectContaining({ step: 'agent-died', note: expect.stringMatching(/^agent-1: .*no sign of life.*another agent$/) }),
    ]);
  });

  it('keeps the notes of an earlier delivery of the same turn', async () => {
    const { deliveries, sessionId, turns, turnStore, launcher } = await open(
      says((_, { stop }) => {
        if (launcher.launched.some(({ exit }) => exit?.cause === 'signal')) return stop();
        setTimeout(() => launcher.named('agent-1').die('signal', 'killed'), 5);
      }),
    );
    const { turnId } = await turns.create({ sessionId, text: 'hi' });
    await turnStore.setAgentTrace(turnId, [{ step: 'agent-died', startMs: 0, endMs: 0, note: 'agent-0: killed before' }]);
    await deliveries.deliver(deliverRequest(turnId, sessionId));
    const notes = (await turns.get(turnId)).turn.trace.map(({ note }) => note);
    expect(notes).toEqual(['agent-0: killed before', expect.stringContaining('agent-1: killed')]);
  });
});
