import { describe, expect, test } from 'vitest';
import { answerCommand, parseCommandQuestion } from './command-question.js';

const signal = new AbortController().signal;
const end = { output: '', truncated: false, exitCode: 0, signal: null };

describe('a wish to run something', () => {
  test.each([
    ['run ls -la', 'ls -la'],
    ['Run: `npm test`', 'npm test'],
    ['please execute the command git status', 'git status'],
    ['$ wc -l notes.txt', 'wc -l notes.txt'],
  ])('%s', (text, line) => expect(parseCommandQuestion(text)).toBe(line));
  test.each(['running late', 'how do I run this?', '$5 in euro', 'run', '2 + 2'])('%s is none', (text) => expect(parseCommandQuestion(text)).toBeUndefined());
});

describe('the answer', () => {
  test('is what it printed, fenced so that nothing of it is markup', async () => {
    const found = await answerCommand('x', async () => ({ ...end, output: 'a ``` b\n' }), signal);
    expect(found).toEqual({ text: '````\na ``` b\n````', failed: false });
  });
  test('tells how it ended', async () => {
    expect(await answerCommand('x', async () => ({ ...end, exitCode: 3 }), signal)).toEqual({
      text: 'It printed nothing.\n\nIt ended with exit code 3.',
      failed: true,
    });
    expect((await answerCommand('x', async () => ({ ...end, exitCode: null, signal: 'SIGKILL' }), signal)).text).toContain('ended by SIGKILL');
  });
  test('is the refusal in the words of whoever refused', async () => {
    const refuse = async (): Promise<never> => {
      throw new Error('Roost never runs this: sudo.');
    };
    expect(await answerCommand('sudo x', refuse, signal)).toEqual({ text: 'Roost never runs this: sudo.', failed: true });
    expect((await answerCommand('x', undefined, signal)).text).toContain('may not run');
  });
});
