import { describe, expect, it } from 'vitest';
import { configSchema } from '../../contract/config.js';
import { ManualClock } from '../../core/base/manual-clock.js';
import type { AgentDesk, TurnContext } from '../approvals/agent-desk.js';
import { Agent } from './agent.js';
import { type FakeIncarnation, FakeLauncher, speakAcp } from './fake-launcher.js';
import { maxTurnChars } from './turn-output.js';

type OnPrompt = Parameters<typeof speakAcp>[1];
const setup = { knowledge: ['/k'], files: [], providers: [] };
const templates = configSchema.parse({ templates: { builtin: { builtin: true }, foreign: { command: ['x'] } } }).templates;

function launch(
  options: { template?: 'builtin' | 'foreign'; onPrompt?: OnPrompt; prepare?: (child: FakeIncarnation) => void; desk?: Partial<AgentDesk> } = {},
) {
  const clock = new ManualClock();
  const launcher = new FakeLauncher(clock, options.prepare ?? ((child) => speakAcp(child, options.onPrompt)));
  const template = options.template ?? 'builtin';
  const agent = new Agent({
    name: 'agent-1',
    template,
    config: templates[template] as NonNullable<(typeof templates)[string]>,
    setup,
    workspace: '/w',
    launcher,
    clock,
    pidState: launcher.pidState,
    ...(options.desk === undefined ? {} : { deskFor: () => ({ close: async () => undefined, ...options.desk }) as unknown as AgentDesk }),
  });
  const child = launcher.named('agent-1');
  const outputs: { text: string; progress: string | null }[] = [];
  const notes: string[] = [];
  const listener = {
    onOutput: (output: { text: string; progress: string | null }) => void outputs.push(output),
    onNote: (step: string, note: string) => void notes.push(`${step}: ${note}`),
  };
  const ask = (text: string, arm = 'npc') => agent.prompt({ turnId: 't1', arm, text }, listener);
  return { clock, agent, child, outputs, notes, ask, start: () => agent.start(new AbortController().signal) };
}

const update = (update: object) => ({ jsonrpc: '2.0', method: 'session/update', params: { sessionId: 'one', update } });

describe('Agent over ACP', () => {
  it('becomes warm: hello with the setup for our own agent only, session in its workspace, nothing advertised', async () => {
    const own = launch();
    expect(own.agent.alive).toBe(false);
    await own.start();
    expect(own.agent.alive).toBe(true);
    expect(own.child.launch).toMatchObject({ program: { entry: 'agent' }, cwd: '/w', wire: 'lines', stdin: 'pipe' });
    expect(own.child.wire?.sent[0]).toMatchObject({ method: 'initialize', params: { protocolVersion: 1, clientCapabilities: {}, _meta: { roost: setup } } });
    expect(own.child.wire?.sent[1]).toMatchObject({ method: 'session/new', params: { cwd: '/w', mcpServers: [] } });
    const foreign = launch({ template: 'foreign' });
    await foreign.start();
    expect(foreign.child.wire?.sent[0]).not.toHaveProperty('params._meta');
  });

  it('streams a turn in order, takes the mode of the arm where the agent has it, and always says the arm', async () => {
    const { start, ask, child, outputs } = launch({
      onPrompt: (text, { say, stop }) => {
        say('a');
        say(`b ${text}`);
        stop('end_turn', 'ollama');
      },
    });
    await start();
    expect(await ask('hi', 'tools')).toEqual({ text: 'ab hi', stopReason: 'end_turn', provider: 'ollama' });
    expect(outputs.map(({ text }) => text)).toEqual(['a', 'ab hi']);
    await ask('again', 'tools');
    await ask('other', 'unknown-mode');
    const methods = child.wire?.sent.map((message) => (message as { method: string }).method);
    expect(methods).toEqual(['initialize', 'session/new', 'session/set_mode', 'session/prompt', 'session/prompt', 'session/prompt']);
    expect(child.wire?.sent[3]).toMatchObject({ params: { _meta: { roost: { turnId: 't1', arm: 'tools' } } } });
    expect(child.wire?.sent[5]).toMatchObject({ params: { _meta: { roost: { arm: 'unknown-mode' } } } });
  });

  it('shows tool calls and plans as progress and ignores kinds it does not know', async () => {
    const { start, ask, outputs } = launch({
      onPrompt: (_, { wire, stop }) => {
        wire.receive(update({ sessionUpdate: 'tool_call', toolCallId: 'c', title: 'Search files', status: 'in_progress' }));
        wire.receive(update({ sessionUpdate: 'tool_call_update', toolCallId: 'c', status: 'completed' }));
        wire.receive(
          update({
            sessionUpdate: 'plan',
            entries: [
              { content: 'one', status: 'completed', priority: 'low' },
              { content: 'two', status: 'in_progress', priority: 'low' },
            ],
          }),
        );
        wire.receive(update({ sessionUpdate: 'something_new', x: 1 }));
        stop();
      },
    });
    await start();
    await ask('x');
    expect(outputs.map(({ progress }) => progress)).toEqual(['Search files (in progress)', 'Search files (completed)', '1 of 2 steps done: two']);
  });

  it('refuses a request for permission the way the protocol has for it, with a note', async () => {
    const { start, ask, child, notes } = launch({
      onPrompt: (_, { wire, stop }) => {
        wire.receive({
          jsonrpc: '2.0',
          id: 77,
          method: 'session/request_permission',
          params: { sessionId: 'one', toolCall: { toolCallId: 'c', title: 'rm -rf' }, options: [{ optionId: 'y', name: 'Yes', kind: 'allow_once' }] },
        });
        setImmediate(stop);
      },
    });
    await start();
    await ask('x');
    expect(child.wire?.sent.at(-1)).toMatchObject({ id: 77, result: { outcome: { outcome: 'cancelled' } } });
    expect(notes).toEqual(['permission: denied: nobody can be asked here (rm -rf)']);
  });

  it('answers file and terminal requests with "method not found"', async () => {
    const { start, ask, child } = launch({
      onPrompt: (_, { wire, stop }) => {
        wire.receive({ jsonrpc: '2.0', id: 5, method: 'fs/read_text_file', params: { sessionId: 'one', path: '/etc/passwd' } });
        setImmediate(stop);
      },
    });
    await start();
    await ask('x');
    expect(child.wire?.sent.at(-1)).toMatchObject({ id: 5, error: { code: -32601 } });
  });

  it('cuts an endless answer without cutting a character', async () => {
    const { start, ask, notes } = launch({
      onPrompt: (_, { say, stop }) => {
        say(`x${'\u{1F600}'.repeat(maxTurnChars / 4)}`);
        say('\u{1F600}'.repeat(maxTurnChars / 2));
        say('more');
        stop();
      },
    });
    await start();
    const { text } = await ask('x');
    expect(text.length).toBeLessThan(maxTurnChars + 100);
    expect(Buffer.from(text).toString()).toBe(text);
    expect(text.endsWith('longer than 1 MiB.]')).toBe(true);
    expect(notes).toEqual(['output: truncated: the answer is longer than 1 MiB']);
  });

  it('cancels a turn and returns what there was', async () => {
    const { start, ask, agent } = launch({ onPrompt: (_, { say }) => say('half') });
    await start();
    const answer = ask('x');
    await new Promise(setImmediate);
    agent.cancel();
    expect(await answer).toMatchObject({ text: 'half', stopReason: 'cancelled' });
  });

  it.each([
    ['a line that is no JSON-RPC', 'hello'],
    ['a batch', [{ jsonrpc: '2.0', method: 'x' }]],
    ['an answer nobody asked for', { jsonrpc: '2.0', id: 99, result: {} }],
    ['an answer with neither result nor error', { jsonrpc: '2.0', id: 2 }],
    ['a text update without text', update({ sessionUpdate: 'agent_message_chunk', content: { type: 'text' } })],
    ['an update without a session', { jsonrpc: '2.0', method: 'session/update', params: {} }],
  ])('ends the agent with cause protocol on %s', async (_, garbage) => {
    const { start, ask, child, agent } = launch({ onPrompt: (_text, { wire }) => setImmediate(() => wire.receive(garbage)) });
    await start();
    await expect(ask('x')).rejects.toMatchObject({ code: 'protocol' });
    expect(child.exit).toMatchObject({ cause: 'protocol' });
    expect(agent.alive).toBe(false);
  });

  it.each([
    ['a wrong version', { protocolVersion: 2 }],
    ['no version', {}],
  ])('refuses an agent with %s', async (_, answer) => {
    const { start, child } = launch({
      prepare: ({ wire }) => {
        if (wire) wire.peer = ({ id }: { id: number }) => wire.receive({ jsonrpc: '2.0', id, result: answer });
      },
    });
    await expect(start()).rejects.toMatchObject({ code: 'protocol' });
    expect(child.exit).toMatchObject({ cause: 'protocol' });
  });

  it('gives up on an agent that never answers', async () => {
    const { start, clock, child } = launch({ prepare: () => undefined });
    const starting = start().catch((error: { code: string }) => error.code);
    await clock.advance(10_000);
    expect(await starting).toBe('timeout');
    expect(child.exit).toMatchObject({ cause: 'start-timeout' });
  });

  it('tells an agent that died from one that answered with an error', async () => {
    const dead = launch({ onPrompt: () => undefined });
    await dead.start();
    const dying = dead.ask('x');
    await new Promise(setImmediate);
    dead.child.die('signal', 'killed by SIGKILL');
    await expect(dying).rejects.toMatchObject({ code: 'agent-died' });
    expect(dead.agent.alive).toBe(false);
    const refusing = launch({
      onPrompt: (_, { wire }) => wire.receive({ jsonrpc: '2.0', id: (wire.sent.at(-1) as { id: number }).id, error: { code: -32603, message: 'no model' } }),
    });
    await refusing.start();
    await expect(refusing.ask('x')).rejects.toMatchObject({ code: 'agent-failed', message: expect.stringContaining('no model') });
    expect(refusing.agent.alive).toBe(true);
  });
});

describe('requests of an agent', () => {
  const request = (id: number, method: string, params: object) => ({ jsonrpc: '2.0', id, method, params });
  const answer = (child: FakeIncarnation, id: number) =>
    child.wire?.sent.find((message) => (message as { id?: number; method?: string }).id === id && !('method' in (message as object)));
  const settled = async (): Promise<void> => {
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  const permission = {
    toolCall: { toolCallId: 'c', title: 'Push' },
    options: [
      { optionId: 'y', name: 'Yes', kind: 'allow_once' },
      { optionId: 'n', name: 'No', kind: 'reject_once' },
    ],
  };

  it('are advertised and served while it has a turn; a question cancelled with its turn is answered so', async () => {
    let asked: AbortSignal | undefined;
    const told: boolean[] = [];
    const { start, ask, child, agent } = launch({
      desk: {
        terminals: { endTurn: () => undefined } as unknown as AgentDesk['terminals'],
        permission: (_, turn) =>
          new Promise((resolve) => {
            asked = turn.signal;
            told.push(turn.turnId === 't1');
            turn.signal.addEventListener('abort', () => resolve('cancelled'));
          }),
      },
      onPrompt: (_, { wire }) => wire.receive(request(70, 'session/request_permission', { sessionId: 'one', ...permission })),
    });
    await start();
    expect(child.wire?.sent[0]).toMatchObject({ params: { clientCapabilities: { fs: { readTextFile: true, writeTextFile: true }, terminal: true } } });
    void ask('x').catch(() => undefined);
    await settled();
    expect([asked?.aborted, told]).toEqual([false, [true]]);
    agent.cancel();
    await settled();
    expect(answer(child, 70)).toMatchObject({ result: { outcome: { outcome: 'cancelled' } } });
    expect(child.wire?.sent).toContainEqual(expect.objectContaining({ method: 'session/cancel' }));
  });

  it('the end of a wait for a person that belongs to a turn before is not told to the next turn', async () => {
    let first: TurnContext | undefined;
    let end: () => void = () => undefined;
    const waits: string[] = [];
    const { start, child, agent } = launch({
      desk: {
        permission: (_, turn) => {
          first ??= turn;
          turn.onWaiting(true, 'Push');
          if (turn === first) end();
          return new Promise(() => undefined);
        },
      },
      onPrompt: (text, { wire, stop }) => {
        wire.receive(request(text === 'one' ? 80 : 81, 'session/request_permission', { sessionId: 'one', ...permission }));
        end = stop;
      },
    });
    await start();
    const ask = (turnId: string, text: string) =>
      agent.prompt(
        { turnId, arm: 'npc', text },
        { onOutput: () => undefined, onNote: () => undefined, onWaiting: (waiting) => void waits.push(`${turnId} ${waiting}`) },
      );
    await ask('t1', 'one');
    ask('t2', 'two').catch(() => undefined);
    await settled();
    first?.onWaiting(false, 'Push');
    expect(waits).toEqual(['t1 true', 't2 true']);
    expect(answer(child, 81)).toBeUndefined();
  });

  it('of a session it does not have, or without a turn, are refused; the agent lives on', async () => {
    const { start, child, agent } = launch({ desk: { readText: async () => 'text', writeText: async () => undefined } });
    await start();
    child.wire?.receive(request(71, 'fs/read_text_file', { sessionId: 'other', path: '/a' }));
    child.wire?.receive(request(72, 'fs/write_text_file', { sessionId: 'one', path: '/a', content: '' }));
    child.wire?.receive(request(73, 'fs/read_text_file', { sessionId: 'one', path: 5 }));
    child.wire?.receive(request(74, 'session/request_permission', { sessionId: 'one' }));
    child.wire?.receive(request(75, '_roost/provider/acquire', { provider: 'a' }));
    await settled();
    expect(answer(child, 71)).toMatchObject({ error: { code: -32602 } });
    expect(answer(child, 72)).toMatchObject({ error: { message: expect.stringContaining('no turn in hand') } });
    expect(answer(child, 73)).toMatchObject({ error: { code: -32602 } });
    expect(answer(child, 74)).toMatchObject({ error: { code: -32602 } });
    expect(answer(child, 75)).toMatchObject({ error: { code: -32601 } });
    expect(agent.alive).toBe(true);
  });

  it('two open ones with one id break the protocol and end the agent', async () => {
    const { start, child } = launch({ desk: { readText: () => new Promise(() => undefined) } });
    await start();
    child.wire?.receive(request(80, 'fs/read_text_file', { sessionId: 'one', path: '/a' }));
    child.wire?.receive(request(80, 'fs/read_text_file', { sessionId: 'one', path: '/a' }));
    expect((await child.exited).cause).toBe('protocol');
  });

  it('a sign-in that is missing is said plainly, with what the agent offers', async () => {
    const { start } = launch({
      template: 'foreign',
      prepare: (child) => {
        if (child.wire === null) return;
        child.wire.peer = (message: { id: number; method: string }, wire) => {
          if (message.method === 'initialize')
            wire.receive({
              jsonrpc: '2.0',
              id: message.id,
              result: { protocolVersion: 1, authMethods: [{ id: 'k', name: 'API key', description: 'from the console' }] },
            });
          else wire.receive({ jsonrpc: '2.0', id: message.id, error: { code: -32000, message: 'Authentication required' } });
        };
      },
    });
    await expect(start()).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.stringMatching(/wants a sign-in.*Set auth of its template.*It offers: k \(API key: from the console\)\.$/),
    });
  });

  it('pictures and sounds are named, not shown', async () => {
    const { start, ask } = launch({
      onPrompt: (_, { wire, stop }) => {
        wire.receive(update({ sessionUpdate: 'agent_message_chunk', content: { type: 'image', data: 'AAAA', mimeType: 'image/png' } }));
        wire.receive(update({ sessionUpdate: 'agent_message_chunk', content: { type: 'resource_link', name: 'notes', uri: 'file:///a' } }));
        stop();
      },
    });
    await start();
    expect((await ask('x')).text).toBe('\n[The agent sent an image: Roost shows text only.]\n[notes](file:///a)');
  });
});
