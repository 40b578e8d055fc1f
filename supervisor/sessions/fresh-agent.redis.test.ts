import { describe, expect, it } from 'vitest';
import { splitTranscript } from '../../core/sessions/transcript.js';
import { type FakeIncarnation, speakAcp } from '../pool/fake-launcher.js';
import { type Desk, deliverRequest, deskHouse, eventually, says } from './test-desk.js';

const desks = deskHouse();

/** Asks, delivers and ends one turn, as the worker does it. */
async function ask(desk: Desk, sessionId: string, text: string) {
  const { turnId } = await desk.turns.create({ sessionId, text });
  const outcome = await desk.deliveries.deliver(deliverRequest(turnId, sessionId, { text }));
  if (outcome.kind === 'done') await desk.turnStore.end(turnId, { status: 'done', text: outcome.text });
  return { turnId, outcome };
}

describe('a session and a fresh agent', () => {
  it('goes on with what was said when its agent died, and the person is told', async () => {
    const heard: string[] = [];
    const desk = await desks.open(
      says((text, { say, stop }) => {
        heard.push(text);
        say(`answer ${heard.length}`);
        stop();
      }),
    );
    const { sessionId } = await desk.sessions.begin({ userId: 'ann' });
    await ask(desk, sessionId, 'my name is Ann');
    await ask(desk, sessionId, 'what is 6 * 7');
    const { session } = await desk.sessions.get(sessionId);
    desk.launcher.named(session.agentId as string).die('signal', 'killed by SIGKILL');
    await eventually(async () => expect((await desk.sessions.get(sessionId)).session.status).toBe('ready'));
    const { turnId } = await ask(desk, sessionId, 'and my name?');
    expect(heard.slice(0, 2)).toEqual(['my name is Ann', 'what is 6 * 7']);
    expect(splitTranscript(heard[2] as string)).toEqual({
      said: [
        { user: 'my name is Ann', agent: 'answer 1' },
        { user: 'what is 6 * 7', agent: 'answer 2' },
      ],
      request: 'and my name?',
    });
    const { turn } = await desk.turns.get(turnId);
    expect(turn.prompt).toBe('and my name?');
    expect(turn.note).toMatch(/^A fresh agent, agent-\d+, goes on with this session: agent-\d+ ended: killed by SIGKILL\. It was told the last 2 exchanges\.$/);
    expect(turn.trace).toContainEqual(expect.objectContaining({ step: 'history', note: expect.stringContaining('told 2 of 2') }));
    // From then on it knows.
    await ask(desk, sessionId, 'thanks');
    expect(heard[3]).toBe('thanks');
    expect((await desk.turnStore.bySession(sessionId, 1))[0]?.note).toBeUndefined();
  });

  it('goes on with what was said after a restart of Roost', async () => {
    const heard: string[] = [];
    const onLaunch = says((text, { say, stop }) => {
      heard.push(text);
      say('ok');
      stop();
    });
    const first = await desks.open(onLaunch);
    const { sessionId } = await first.sessions.begin({ userId: 'ann' });
    await ask(first, sessionId, 'remember the blue door');
    await desks.close(first);
    const second = await desks.open(onLaunch);
    const { turnId } = await ask(second, sessionId, 'which door?');
    expect(splitTranscript(heard.at(-1) as string).said).toEqual([{ user: 'remember the blue door', agent: 'ok' }]);
    expect((await second.turns.get(turnId)).turn.note).toContain('Roost was restarted');
  });

  it('gets one between two turns when its own is worn out', async () => {
    const desk = await desks.open({ recycle: { afterTurns: 2 } });
    const { sessionId } = await desk.sessions.begin({ userId: 'ann' });
    const before = (await desk.sessions.get(sessionId)).session.agentId as string;
    await ask(desk, sessionId, 'one');
    expect((await desk.sessions.get(sessionId)).session.agentId).toBe(before);
    await ask(desk, sessionId, 'two');
    await eventually(async () => {
      const { session } = await desk.sessions.get(sessionId);
      expect(session.status).toBe('ready');
      expect(session.agentId).not.toBe(before);
    });
    expect(desk.launcher.named(before).exit).toMatchObject({ cause: 'recycled', message: 'it has taken 2 turns' });
    const { turnId } = await ask(desk, sessionId, 'three');
    expect((await desk.turns.get(turnId)).turn.note).toContain('was replaced: it has taken 2 turns');
  });
});

describe('turns of a session whose agents do not start', () => {
  it('held the slots of the worker and used up their attempts: now they wait without a job and go to work with the agent', async () => {
    let good = true;
    const children: FakeIncarnation[] = [];
    const desk = await desks.open({
      size: 1,
      onLaunch: (child) => {
        children.push(child);
        if (good) speakAcp(child);
        else queueMicrotask(() => child.die('crash', 'no model file'));
      },
    });
    const { sessionId } = await desk.sessions.begin({ userId: 'ann' });
    await eventually(() => expect(desk.pool.view(0).ready).toBe(1));
    good = false;
    for (const child of children) child.die();
    await eventually(
      async () => expect((await desk.sessions.get(sessionId)).session).toMatchObject({ status: 'error', error: expect.stringContaining('no model file') }),
      15_000,
    );
    const { turnId } = await desk.turns.create({ sessionId, text: 'hello' });
    expect(desk.queue.jobs.size).toBe(0);
    // One that was under way comes back as parked, long before its deadline.
    expect(await desk.deliveries.deliver(deliverRequest(turnId, sessionId, { deadlineMs: 120_000 }))).toMatchObject({
      kind: 'parked',
      message: expect.stringContaining('do not start'),
    });
    good = true;
    desk.pool.renewIdle(() => true, 'its template has changed');
    await desk.turns.sweep();
    await eventually(() => expect([...desk.queue.jobs.keys()]).toEqual([turnId]), 10_000);
    expect((await desk.sessions.get(sessionId)).session.status).toBe('ready');
    // What came back as parked is no answer to remember.
    expect((await desk.deliveries.deliver(deliverRequest(turnId, sessionId))).kind).not.toBe('parked');
  });

  it('go to work in the moment the agent is there, not with the next sweep', async () => {
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const desk = await desks.open({
      size: 0,
      onLaunch: (child) => {
        speakAcp(child);
        const { wire } = child;
        const peer = wire?.peer;
        if (wire !== null && peer !== undefined) wire.peer = (message, same) => void gate.then(() => peer(message, same));
      },
    });
    const { sessionId, status } = await desk.sessions.begin({ userId: 'ann' });
    expect(status).toBe('starting');
    const { turnId } = await desk.turns.create({ sessionId, text: 'hello' });
    expect(desk.queue.jobs.size).toBe(0);
    // No sweep comes from here on.
    desk.turns.sweep = async () => undefined;
    open();
    await eventually(() => expect([...desk.queue.jobs.keys()]).toEqual([turnId]));
  });
});

describe('a session of another node', () => {
  it('was ended in Redis only: now the node that has its agent lets go of it', async () => {
    const home = await desks.open({ node: 'n1' });
    const other = await desks.open({ node: 'n2' });
    const { sessionId } = await home.sessions.begin({ userId: 'ann' });
    const { agentId } = (await home.sessions.get(sessionId)).session;
    await other.sessions.end(sessionId);
    await eventually(() => expect(home.launcher.named(agentId as string).exit).not.toBeNull());
    expect(home.sessions.has(sessionId)).toBe(false);
    expect((await home.sessions.get(sessionId)).session.status).toBe('ended');
    await other.sessions.end(sessionId);
  });
});
