import fc from 'fast-check';
import { expect, test } from 'vitest';
import { configSchema } from '../../contract/config.js';
import { ManualClock } from '../../core/base/manual-clock.js';
import type { AgentDesk } from '../approvals/agent-desk.js';
import { Agent } from './agent.js';
import { FakeLauncher, speakAcp } from './fake-launcher.js';

const template = configSchema.parse({ templates: { x: { command: ['x'] } } }).templates['x'];
const methods = [
  'session/update',
  'session/request_permission',
  'fs/read_text_file',
  'fs/write_text_file',
  'terminal/create',
  'terminal/output',
  'terminal/wait_for_exit',
  'terminal/kill',
  'terminal/release',
  '_roost/provider/acquire',
  'initialize',
  'elicitation/create',
  'x'.repeat(300),
];
const updates = ['agent_message_chunk', 'tool_call', 'tool_call_update', 'plan', 'current_mode_update', 'usage_update', 'something_new'];
const value = fc.jsonValue({ maxDepth: 3 });
const params = fc.oneof(
  value,
  fc.record({
    sessionId: fc.constantFrom('one', 'two'),
    update: fc.record({ sessionUpdate: fc.constantFrom(...updates), content: value, entries: value, toolCallId: value, title: value }),
  }),
  fc.record({
    sessionId: fc.constantFrom('one', 'two'),
    path: value,
    content: value,
    command: value,
    args: value,
    env: value,
    cwd: value,
    terminalId: value,
    toolCall: value,
    options: value,
  }),
);
const id = fc.oneof(fc.integer(), fc.string(), fc.constant(null), fc.double(), value);
const message: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 1, arbitrary: value },
  { weight: 3, arbitrary: fc.record({ jsonrpc: fc.constant('2.0'), method: fc.constantFrom(...methods), params }) },
  { weight: 3, arbitrary: fc.record({ jsonrpc: fc.constant('2.0'), id, method: fc.constantFrom(...methods), params }) },
  { weight: 1, arbitrary: fc.record({ jsonrpc: fc.constantFrom('2.0', '1.0'), id, result: value }) },
  { weight: 1, arbitrary: fc.record({ jsonrpc: fc.constant('2.0'), id, error: value }) },
);

test('whatever an agent says, it is answered, left alone or ended for breaking the protocol; nothing is thrown', async () => {
  const refuseNow = (): never => {
    throw new Error('not here');
  };
  const refuse = async (): Promise<never> => refuseNow();
  // With the types of the desk: a promise where none is expected would be rejected with nobody looking.
  const terminals: Pick<AgentDesk['terminals'], 'read' | 'wait' | 'kill' | 'release' | 'endTurn'> = {
    read: refuseNow,
    wait: refuse,
    kill: refuse,
    release: refuse,
    endTurn: () => undefined,
  };
  const desk = {
    close: async () => undefined,
    readText: refuse,
    writeText: refuse,
    run: refuse,
    permission: async () => 'denied' as const,
    terminals,
  } as unknown as AgentDesk;
  const rejections: unknown[] = [];
  const onRejection = (reason: unknown): void => void rejections.push(reason);
  process.on('unhandledRejection', onRejection);
  await fc.assert(
    fc.asyncProperty(fc.array(message, { maxLength: 12 }), fc.boolean(), async (messages, inTurn) => {
      const clock = new ManualClock();
      const launcher = new FakeLauncher(clock, (child) => speakAcp(child, () => undefined));
      if (template === undefined) throw new Error('no template');
      const setup = { knowledge: [], files: [], providers: [] };
      const agent = new Agent({
        name: 'a',
        template: 'x',
        config: template,
        setup,
        workspace: '/w',
        launcher,
        clock,
        pidState: () => 'running',
        deskFor: () => desk,
      });
      await agent.start(new AbortController().signal);
      const child = launcher.named('a');
      const answer = inTurn ? agent.prompt({ turnId: 't', arm: 'npc', text: 'x' }, { onOutput: () => undefined, onNote: () => undefined }) : undefined;
      answer?.catch(() => undefined);
      for (const one of messages) child.wire?.receive(one);
      for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
      if (child.exit !== null) expect(child.exit.cause).toBe('protocol');
      else expect(agent.alive).toBe(true);
      child.die();
    }),
    {
      numRuns: 150,
      examples: methods.map((method, at): [unknown[], boolean] => [
        [{ jsonrpc: '2.0', id: at, method, params: { sessionId: 'one', terminalId: 't', path: '/w/x' } }],
        true,
      ]),
    },
  );
  // They are reported a turn of the loop later.
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', onRejection);
  expect(rejections).toEqual([]);
});
