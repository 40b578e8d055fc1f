import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { RoostError } from '../../contract/errors.js';
import { AcpSession, type Ask, openSession, takeOver } from './acp-session.js';
import { readUpdate } from './acp-updates.js';

const refused = (): RoostError => new RoostError('agent-failed', 'no');

function agent(answers: Readonly<Record<string, unknown>>) {
  const asked: [string, unknown][] = [];
  const ask: Ask = async <T>(method: string, params: unknown, schema: z.ZodType<T>): Promise<T> => {
    asked.push([method, params]);
    const answer = answers[method];
    if (answer instanceof Error) throw answer;
    return schema.parse(answer);
  };
  return { ask, asked, methods: () => asked.map(([method]) => method) };
}

const take = (session: AcpSession, update: object): void => {
  const read = readUpdate({ sessionId: 'one', update });
  if ('violation' in read) throw new Error(read.violation);
  session.take(read.update);
};
const all = { load: true, resume: true, close: true };
const place = { cwd: '/w', sessionId: 'old' };

describe('takeOver', () => {
  it('takes the conversation up, else has it loaded, else opens a new one in the folder, else stays where it is', async () => {
    const good = { 'session/resume': null, 'session/load': {}, 'session/new': { sessionId: 'new' } };
    const cases = [
      [all, good, 'resumed', ['session/resume'], 'old'],
      [all, { ...good, 'session/resume': refused() }, 'loaded', ['session/resume', 'session/load'], 'old'],
      [{ ...all, resume: false }, good, 'loaded', ['session/load'], 'old'],
      [all, { ...good, 'session/resume': refused(), 'session/load': refused() }, 'opened', ['session/resume', 'session/load', 'session/new'], 'new'],
      [{ ...all, resume: false, load: false }, good, 'opened', ['session/new'], 'new'],
      [{ ...all, resume: false, load: false }, { 'session/new': refused() }, 'own', ['session/new'], undefined],
    ] as const;
    for (const [skills, answers, how, methods, id] of cases) {
      const { ask, asked } = agent(answers);
      const moved = await takeOver(ask, skills, place);
      expect([moved.how, moved.session?.id]).toEqual([how, id]);
      expect(asked.map(([method]) => method)).toEqual(methods);
    }
    const { ask, methods } = agent(good);
    await takeOver(ask, all, { cwd: '/w', sessionId: null });
    expect(methods()).toEqual(['session/new']);
  });

  it('a death over the old conversation passes through', async () => {
    const { ask } = agent({ 'session/resume': new RoostError('agent-died', 'gone') });
    await expect(takeOver(ask, all, place)).rejects.toMatchObject({ code: 'agent-died' });
  });
});

describe('AcpSession', () => {
  const select = (current: string, options: unknown) => ({ id: 'm', name: 'Mode', type: 'select', category: 'mode', currentValue: current, options });

  it('takes the mode of the arm as an option where the agent has options, in groups or flat, and only when it changes', async () => {
    const grouped = [
      {
        group: 'g',
        name: 'g',
        options: [
          { value: 'npc', name: 'n' },
          { value: 'tools', name: 't' },
        ],
      },
    ];
    const after = { configOptions: [select('tools', grouped)] };
    const { ask, asked } = agent({
      'session/new': {
        sessionId: 'one',
        configOptions: [{ broken: true }, { id: 'model', name: 'x', type: 'boolean', currentValue: true }, select('npc', grouped)],
      },
      'session/set_config_option': after,
    });
    const session = await openSession(ask, '/w');
    await session.choose('npc', ask);
    await session.choose('knowledge', ask);
    expect(asked).toHaveLength(1);
    await session.choose('tools', ask);
    await session.choose('tools', ask);
    expect(asked.slice(1)).toEqual([['session/set_config_option', { sessionId: 'one', configId: 'm', value: 'tools' }]]);
    // The agent changed it itself.
    take(session, { sessionUpdate: 'config_option_update', configOptions: [select('npc', grouped)] });
    await session.choose('tools', ask);
    expect(asked).toHaveLength(3);
  });

  it('keeps what the agent tells of its session, within bounds, and passes over what is broken', () => {
    const session = new AcpSession('one', {});
    take(session, {
      sessionUpdate: 'available_commands_update',
      availableCommands: [
        { name: 'plan', description: 'x'.repeat(1_000) },
        { name: 7 },
        ...Array.from({ length: 500 }, () => ({ name: 'a', description: '' })),
      ],
    });
    take(session, { sessionUpdate: 'session_info_update', title: 'A\n  title' });
    take(session, { sessionUpdate: 'usage_update', used: 5, size: 10, cost: { amount: 0.1, currency: 'USD' } });
    take(session, { sessionUpdate: 'usage_update', used: 'many', size: 10 });
    take(session, { sessionUpdate: 'session_info_update', updatedAt: 'today' });
    take(session, { sessionUpdate: 'of_tomorrow' });
    const { about } = session;
    expect(about).toMatchObject({ title: 'A title', context: { used: 5, size: 10 }, cost: { amount: 0.1, currency: 'USD' } });
    expect(about.commands?.length).toBeLessThanOrEqual(100);
    expect(about.commands?.[0]).toEqual({ name: 'plan', description: 'x'.repeat(300) });
    take(session, { sessionUpdate: 'session_info_update', title: null });
    expect(session.about.title).toBeNull();
  });

  it('reads notices and compactions as notes, thoughts as thoughts', () => {
    const read = (update: object) => {
      const found = readUpdate({ sessionId: 'one', update });
      return 'violation' in found ? found : found.update;
    };
    expect(read({ sessionUpdate: 'notice', severity: 'warning', title: 'Slow', description: 'the model is busy' })).toEqual({
      kind: 'note',
      step: 'notice',
      text: 'warning, Slow: the model is busy',
    });
    expect(read({ sessionUpdate: 'compaction_update', compactionId: 'c', status: 'in_progress' })).toMatchObject({ kind: 'note', step: 'compaction' });
    expect(read({ sessionUpdate: 'agent_thought_chunk', content: { type: 'text', text: 'hm' } })).toEqual({ kind: 'thought', text: 'hm' });
    expect(read({ sessionUpdate: 'agent_thought_chunk', content: 'hm' })).toHaveProperty('violation');
    for (const update of [{ sessionUpdate: 'notice' }, { sessionUpdate: 'compaction_update' }, { sessionUpdate: 'user_message_chunk', content: 1 }])
      expect(read(update)).toEqual({ kind: 'other' });
  });
});
