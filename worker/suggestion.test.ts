import { describe, expect, it } from 'vitest';
import { turnOf } from '../contract/test-turn.js';
import { suggest } from './suggestion.js';

const alone = (turn: Parameters<typeof turnOf>[0]): string => suggest(turnOf({ status: 'done', ...turn }), []);

describe('suggest', () => {
  it.each([
    ['timeout', /ran out of time/],
    ['agent-died', /died over it/],
    ['circuit-open', /need no provider/],
    ['never-heard-of', /It failed: because/],
  ])('gives advice on the failure %s', (code, expected) => {
    expect(alone({ status: 'failed', error: { code, message: 'because.' } })).toMatch(expected);
  });

  it('knows that a person stopped it', () => expect(alone({ status: 'cancelled' })).toMatch(/You stopped this one/));

  it.each(['help', 'do it again', 'why?', 'fix that'])('asks for more than "%s"', (prompt) => expect(alone({ prompt })).toMatch(/Name the thing/));

  it.each([
    ['what is 12 * 7', 'tools', /same with another value/],
    ['convert twelve miles to km', 'tools', /way back/],
    ['how many days until christmas', 'tools', /weekday/],
    ['find the invoice template', 'tools', /search the files for "template"/],
    ['tell me a story about dragons', 'npc', /an example of dragons/],
  ])('follows "%s" up', (prompt, arm, expected) => expect(alone({ prompt, arm })).toMatch(expected));

  it('points at the source that was cited, or says that none was', () => {
    expect(alone({ prompt: 'how does failover work', arm: 'knowledge', text: 'It moves over. [ops/failover.md]' })).toMatch(
      /what else does ops\/failover\.md say about failover/,
    );
    expect(alone({ prompt: 'how does failover work', arm: 'knowledge', text: 'No idea.' })).toMatch(/knowledge folder/);
  });

  it('uses the ratings of the session', () => {
    const rated = [1, 2, 3].map((rating, i) => turnOf({ id: `r${i}`, status: 'done', createdAt: i, prompt: `question ${i} on ships`, rating, arm: 'npc' }));
    const turn = turnOf({ id: 'now', status: 'done', createdAt: 10, prompt: 'tell me about sailing ships', arm: 'npc' });
    expect(suggest(turn, rated)).toMatch(/rated low/);
    const liked = turnOf({ id: 'ok', status: 'done', createdAt: 0, prompt: 'sum of 3 and 4', rating: 5, arm: 'tools' });
    expect(suggest(turn, [liked, ...rated])).toMatch(/Set the intent to tools/);
    expect(suggest(turn, rated.slice(0, 2))).toMatch(/Next: ask for an example/);
  });

  it('notices the same question asked twice, and slowness', () => {
    const before = turnOf({ id: 'b', status: 'done', createdAt: 0, prompt: 'Who  wrote Faust', rating: 2 });
    expect(suggest(turnOf({ id: 'now', status: 'done', createdAt: 1, prompt: 'who wrote faust' }), [before])).toMatch(/asked the same before and rated it 2/);
    expect(alone({ prompt: 'describe the whole harbour', timings: { queueMs: 0, chooseMs: 0, agentMs: 1, totalMs: 42_000 } })).toMatch(/took 42 s/);
  });

  it('stays short whatever was asked', () => {
    for (const prompt of ['1+1 '.repeat(20_000), '🙂'.repeat(5_000), 'x'.repeat(100_000)]) expect(alone({ prompt }).length).toBeLessThan(300);
  });
});
