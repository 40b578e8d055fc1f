import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AnyMessage, type ClientContext, client, methods, type SessionUpdate } from '@agentclientprotocol/sdk';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AgentSetup, agentSetupSchema } from '../../contract/messages.js';
import { systemClock } from '../../core/base/clock.js';
import { silentLog } from '../../core/base/log.js';
import { createRoostAgent } from './roost-agent.js';
import { AgentSession } from './session.js';
import { setupSchema } from './setup.js';

let dir: string;
/** Accepts and never answers: a provider that a turn waits for. */
let silent: Server;
let waiting: AgentSetup;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'roost-agent-'));
  await writeFile(join(dir, 'birds.md'), '# Parrots\n\nThey talk.\n');
  silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  waiting = {
    ...setup(),
    providers: [{ name: 'silent', baseUrl: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`, model: 'm', timeoutMs: 60_000 }],
  };
});
afterAll(async () => {
  silent.closeAllConnections();
  silent.close();
  await rm(dir, { recursive: true, force: true });
});

const setup = (): AgentSetup => ({ knowledge: [dir], files: [], providers: [] });

interface Talk {
  readonly agent: ClientContext;
  readonly sessionId: string;
  readonly updates: SessionUpdate[];
  readonly text: () => string;
  readonly ask: (text: string, roost?: object) => ReturnType<typeof prompt>;
}
const prompt = (agent: ClientContext, sessionId: string, text: string, roost: object) =>
  agent.request(methods.agent.session.prompt, { sessionId, prompt: [{ type: 'text', text }], _meta: { roost } });

/** Both ends over a pair of in-memory streams, initialized and with one session. */
async function talk(op: (talk: Talk) => Promise<void>, roost: unknown = setup()): Promise<void> {
  const [there, back] = [new TransformStream<AnyMessage, AnyMessage>(), new TransformStream<AnyMessage, AnyMessage>()];
  let ids = 0;
  const connection = createRoostAgent({ clock: systemClock, log: silentLog, timeZone: () => 'UTC', newId: () => `id-${++ids}` }).connect({
    readable: there.readable,
    writable: back.writable,
  });
  const updates: SessionUpdate[] = [];
  await client({ name: 'test' })
    .onNotification(methods.client.session.update, ({ params }) => void updates.push(params.update))
    .connectWith({ readable: back.readable, writable: there.writable }, async (agent) => {
      await agent.request(methods.agent.initialize, { protocolVersion: 1, clientCapabilities: {}, _meta: { roost } });
      const { sessionId } = await agent.request(methods.agent.session.new, { cwd: dir, mcpServers: [] });
      const text = (): string =>
        updates.map((update) => (update.sessionUpdate === 'agent_message_chunk' && update.content.type === 'text' ? update.content.text : '')).join('');
      await op({ agent, sessionId, updates, text, ask: (said, more = {}) => prompt(agent, sessionId, said, more) });
    });
  connection.close();
}

async function until(holds: () => boolean): Promise<void> {
  const endMs = performance.now() + 20_000;
  while (!holds()) {
    if (performance.now() > endMs) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

describe('the agent over the protocol', () => {
  test('introduces itself and offers its modes', () =>
    talk(async ({ agent }) => {
      const hello = await agent.request(methods.agent.initialize, { protocolVersion: 1, clientCapabilities: {} });
      expect(hello).toMatchObject({
        protocolVersion: 1,
        agentInfo: { name: 'roost-agent' },
        agentCapabilities: { loadSession: false, promptCapabilities: { image: false, audio: false, embeddedContext: false } },
      });
      const session = await agent.request(methods.agent.session.new, { cwd: dir, mcpServers: [] });
      expect(session.modes?.currentModeId).toBe('npc');
      expect(session.modes?.availableModes.map((mode) => mode.id)).toEqual(['npc', 'tools', 'knowledge']);
    }));

  test('answers in the mode the arm names, and tells which it was', () =>
    talk(async ({ ask, text, updates }) => {
      expect(await ask('what is 15% of 240?', { turnId: 'turn-1', arm: 'tools' })).toEqual({
        stopReason: 'end_turn',
        _meta: { roost: { provider: 'builtin', mode: 'tools' } },
      });
      expect(text()).toBe('15% of 240 = 36');
      expect(updates.map((update) => update.sessionUpdate)).toEqual(['tool_call', 'tool_call_update', 'agent_message_chunk']);
      // What is only worked out may be worked out again by another agent: any other kind would fail the turn of an agent that dies over it.
      expect(updates[0]).toMatchObject({ kind: 'think' });
      expect(updates[0]).toMatchObject({ toolCallId: 'turn-1-1', title: 'Work out 15% of 240', status: 'in_progress' });
      expect(await ask('parrots', { turnId: 'turn-2', arm: 'knowledge' })).toMatchObject({ _meta: { roost: { mode: 'knowledge' } } });
      expect(text()).toContain('> They talk.\n\n[birds.md § Parrots]');
      expect(await ask('hello', { turnId: 'turn-3', arm: 'npc' })).toMatchObject({ _meta: { roost: { mode: 'npc' } } });
      expect(await ask('hello', { turnId: 'turn-4', arm: 'somebody-elses-arm' })).toMatchObject({ _meta: { roost: { mode: 'npc' } } });
    }));

  test('a mode set on the session holds until the next one', () =>
    talk(async ({ agent, sessionId, ask, text }) => {
      await agent.request(methods.agent.session.setMode, { sessionId, modeId: 'tools' });
      expect(await ask('hello')).toMatchObject({ _meta: { roost: { mode: 'tools' } } });
      expect(text()).toMatch(/nothing to work out.*arithmetic/s);
      await expect(agent.request(methods.agent.session.setMode, { sessionId, modeId: 'poet' })).rejects.toMatchObject({ code: -32602 });
    }));

  test('tools finds files of the session, several lines get several answers', () =>
    talk(async ({ ask, text }) => {
      await ask('find files *.md', { arm: 'tools' });
      expect(text()).toContain('- birds.md');
      await ask('2+2\n\n5 km in m\nwhat is up', { arm: 'tools' });
      expect(text()).toContain('2+2 = 4\n5 km = 5000 m');
    }));

  test('small talk hands sums and questions over, and remembers', () =>
    talk(async ({ ask, text }) => {
      await ask('My name is Ada', { arm: 'npc' });
      await ask('what is 6 * 7?', { arm: 'npc' });
      expect(text()).toContain('6 * 7 = 42');
      await ask('what do parrots do?', { arm: 'npc' });
      expect(text()).toContain('[birds.md § Parrots]');
      await ask('what is my name?', { arm: 'npc' });
      expect(text()).toContain('Your name is Ada.');
      await ask('explain quantum chromodynamics', { arm: 'npc' });
      expect(text()).toMatch(/I have no rule for that, Ada.*no language model/);
    }));

  test('cancelling ends the turn as cancelled and leaves the session usable', () =>
    talk(async ({ agent, sessionId, ask, updates, text }) => {
      const turn = ask('tell me a story', { turnId: 'turn-1', arm: 'npc' });
      await until(() => updates.length > 0);
      await expect(ask('and another one')).rejects.toMatchObject({ code: -32600 });
      await agent.notify(methods.agent.session.cancel, { sessionId });
      expect(await turn).toMatchObject({ stopReason: 'cancelled' });
      expect(updates.at(-1)).toMatchObject({ sessionUpdate: 'tool_call_update', status: 'failed' });
      await agent.notify(methods.agent.session.cancel, { sessionId });
      await agent.notify(methods.agent.session.cancel, { sessionId: 'nobody' });
      await ask('1 + 1', { arm: 'tools' });
      expect(text()).toBe('1 + 1 = 2');
    }, waiting));

  test('a cancelled request and a closed session end the turn as well', () =>
    talk(async ({ agent, sessionId, ask, updates }) => {
      const abort = new AbortController();
      const first = agent.request(methods.agent.session.prompt, { sessionId, prompt: [{ type: 'text', text: 'wait' }] }, { cancellationSignal: abort.signal });
      first.catch(() => undefined);
      await until(() => updates.length > 0);
      abort.abort();
      await until(() => updates.at(-1)?.sessionUpdate === 'tool_call_update');
      const second = ask('wait', { arm: 'npc' });
      await until(() => updates.length > 2);
      await agent.request(methods.agent.session.close, { sessionId });
      expect(await second).toMatchObject({ stopReason: 'cancelled' });
      await expect(ask('hello')).rejects.toMatchObject({ code: -32002 });
    }, waiting));

  test('images and sounds are refused in words, links are read by name', () =>
    talk(async ({ agent, sessionId, text }) => {
      const answer = await agent.request(methods.agent.session.prompt, {
        sessionId,
        prompt: [
          { type: 'text', text: 'look' },
          { type: 'image', data: 'AAAA', mimeType: 'image/png' },
        ],
      });
      expect(answer.stopReason).toBe('refusal');
      expect(text()).toMatch(/^Sorry, I read text only, and this request holds an image/);
      expect(
        (await agent.request(methods.agent.session.prompt, { sessionId, prompt: [{ type: 'resource_link', name: 'notes', uri: 'file:///notes.md' }] }))
          .stopReason,
      ).toBe('end_turn');
      expect((await agent.request(methods.agent.session.prompt, { sessionId, prompt: [] })).stopReason).toBe('refusal');
    }));

  test.each<readonly [string, string, unknown]>([
    ['no prompt', 'session/prompt', { sessionId: 'id-1' }],
    ['a prompt that is no list', 'session/prompt', { sessionId: 'id-1', prompt: 'hello' }],
    ['a block of an unknown kind', 'session/prompt', { sessionId: 'id-1', prompt: [{ type: 'smell' }] }],
    ['params that are no object', 'session/prompt', 'hello'],
    ['null', 'session/prompt', null],
    ['a relative folder', 'session/new', { cwd: 'here', mcpServers: [] }],
    ['no folder', 'session/new', { mcpServers: [] }],
    ['a session that is a number', 'session/set_mode', { sessionId: 5, modeId: 'npc' }],
    ['a setup of another shape', 'initialize', { protocolVersion: 1, _meta: { roost: { knowledge: 'all' } } }],
  ])('%s is answered with an error, and the agent lives on', (_name, method, params) =>
    talk(async ({ agent, ask }) => {
      await expect(agent.request(method, params)).rejects.toMatchObject({ code: -32602 });
      expect(await ask('hello')).toMatchObject({ stopReason: 'end_turn' });
    }),
  );

  test('an unknown method, an unknown session and too many sessions are errors', () =>
    talk(async ({ agent }) => {
      await expect(agent.request('session/fly', {})).rejects.toMatchObject({ code: -32601 });
      await expect(prompt(agent, 'nobody', 'hello', {})).rejects.toMatchObject({ code: -32002 });
      for (let open = 1; open < 16; open++) await agent.request(methods.agent.session.new, { cwd: dir, mcpServers: [] });
      await expect(agent.request(methods.agent.session.new, { cwd: dir, mcpServers: [] })).rejects.toMatchObject({ code: -32600 });
    }));

  test('odd hints of the client are ignored', () =>
    talk(async ({ agent, sessionId }) => {
      for (const roost of [null, 5, 'x', [], { turnId: 5, arm: {} }, { turnId: 'x'.repeat(1_000), arm: '__proto__' }]) {
        expect(await agent.request(methods.agent.session.prompt, { sessionId, prompt: [{ type: 'text', text: 'hello' }], _meta: { roost } })).toMatchObject({
          stopReason: 'end_turn',
          _meta: { roost: { mode: 'npc' } },
        });
      }
    }));
});

test('a session remembers its last 50 exchanges, each of them bounded', () => {
  const session = new AgentSession('s', '/');
  for (let count = 0; count < 60; count++) {
    session.begin();
    session.end({ user: `question ${count}`, agent: 'x'.repeat(100_000) });
  }
  expect(session.history).toHaveLength(50);
  expect(session.history[0]?.user).toBe('question 10');
  expect(session.history[0]?.agent.length).toBeLessThan(20_010);
});

test.each<readonly [unknown, boolean]>([
  [{ knowledge: [], files: [], providers: [] }, true],
  [{ knowledge: ['/a'], files: ['/b'], providers: [{ name: 'o', baseUrl: 'http://x', model: 'm', timeoutMs: 5 }] }, true],
  [{ knowledge: ['/a'], files: ['/b'], providers: [{ name: 'o', baseUrl: 'http://x', model: 'm', apiKey: 'k', timeoutMs: 5 }] }, true],
  [{ knowledge: [], files: [] }, false],
  [{ knowledge: [1], files: [], providers: [] }, false],
  [{ knowledge: [], files: [], providers: [{}] }, false],
])('the setup is read as the contract says: %j', (value, valid) => {
  expect(setupSchema.safeParse(value).success).toBe(valid);
  expect(agentSetupSchema.safeParse(value).success).toBe(valid);
  if (valid) expect(setupSchema.parse(value)).toEqual(agentSetupSchema.parse(value));
});
