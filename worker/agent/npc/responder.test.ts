import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { processorMs } from '../../../core/base/test-times.js';
import type { Exchange, SessionFacts } from '../engine.js';
import { reply } from './responder.js';

const fresh = (): { history: Exchange[]; facts: SessionFacts } => ({ history: [], facts: { name: undefined, notes: [] } });
const say = (text: string, conversation = fresh()): string => {
  const said = reply(text, conversation);
  return said.kind === 'say' ? said.text : 'look-up';
};

describe('the built-in responder', () => {
  test.each([
    ['hello', /^Hello\. /],
    ['Hi there!', /^Hello\. /],
    ['good morning', /^Hello\. /],
    ['how are you?', /^I am up/],
    ['thanks a lot!', /^You are welcome/],
    ['bye', /^Goodbye/],
    ['help', /15% of 240/],
    ['What can you do?', /not a language model/],
    ['who are you', /no language model took part/],
    ['Are you an AI?', /no language model took part/],
    ['are you ChatGPT', /no language model took part/],
    ['what is my name', /have not told me/],
    ['what did I say before?', /first thing/],
    ['what is the weather in Paris', /needs the network/],
    ['tell me a joke', /worker/],
    ['ok', /^Noted\./],
    ['   ', /was empty/],
    ['...', /calculator|rules/],
  ])('%s', (text, answer) => {
    expect(say(text)).toMatch(answer);
  });

  test.each(['what is the warm pool', 'Hello, what is a session?', 'two plus two', 'tell me about Ada Lovelace', 'I am tired', 'hello world program in C'])(
    '%s is looked up',
    (text) => {
      expect(say(text)).toBe('look-up');
    },
  );

  test('remembers a name and notes for the session, and forgets on request', () => {
    const conversation = fresh();
    expect(say('My name is Ada Lovelace.', conversation)).toContain('Ada Lovelace');
    expect(say('hi', conversation)).toBe('Hello, Ada Lovelace. What can I do for you? Ask "help" to see what I am good at.');
    expect(say("What's my name?", conversation)).toBe('Your name is Ada Lovelace.');
    expect(say('remember that the demo is on Friday', conversation)).toBe('Noted for this session: the demo is on Friday');
    expect(say('what do you remember?', conversation)).toContain('- the demo is on Friday');
    say('forget everything', conversation);
    expect(say('what is my name', conversation)).toMatch(/have not told me/);
    expect(say('what do you remember', conversation)).toMatch(/nothing/);
  });

  test('"I am" is a name only when it is written as one', () => {
    const conversation = fresh();
    say("I'm Grace", conversation);
    expect(conversation.facts.name).toBe('Grace');
    say("I'm hungry", conversation);
    expect(conversation.facts.name).toBe('Grace');
  });

  test('knows what was said before', () => {
    const conversation = { ...fresh(), history: [{ user: 'what is 2+2', agent: '2+2 = 4' }] };
    expect(say('what did I just ask?', conversation)).toBe('Before this you said: "what is 2+2"');
    expect(say('say that again', conversation)).toBe('2+2 = 4');
    expect(say('hello', conversation)).toMatch(/again/);
  });

  test('notes are bounded', () => {
    const conversation = fresh();
    for (let count = 0; count < 100; count++) say(`remember that ${'x'.repeat(250)} ${count}`, conversation);
    expect(conversation.facts.notes).toHaveLength(20);
    expect(conversation.facts.notes.at(-1)).toMatch(/ 99$/);
  });

  test('answers anything, always the same way, quickly', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ maxLength: 200 }), fc.string({ unit: 'binary', maxLength: 100 })), (text) => {
        expect(reply(text, fresh())).toEqual(reply(text, fresh()));
      }),
    );
    const started = processorMs();
    for (const text of [
      'hello '.repeat(20_000),
      'my name is '.repeat(200),
      `my name is ${'a'.repeat(2_000)}`,
      '.'.repeat(100_000),
      ' '.repeat(100_000),
      'please '.repeat(1_000),
      `hi, ${'hi, '.repeat(400)}`,
    ])
      reply(text, fresh());
    expect(processorMs() - started).toBeLessThan(1_000);
  });
});
