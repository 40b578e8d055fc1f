import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Secrets } from './secrets.js';
import { WordFinder } from './word-finder.js';

const scan = (words: readonly string[], text: string) => new WordFinder(words).scan(Buffer.from(text));

describe('many words at once', () => {
  it.each<[readonly string[], string, boolean]>([
    [['secret', 'token'], 'nothing of it\n', true],
    [['secret', 'token'], 'the SeCrEt of\n', false],
    [['token'], 'toktoken', false],
    // Found although a longer word begins before it and fails.
    [['abcd', 'bc'], 'xabcx', false],
    [['abcd', 'cx'], 'abcx', false],
    [['aab'], 'aaaab', false],
    [['ab'], 'a\nb', true],
    [[], 'anything', true],
    [['', 'x'], 'anything', true],
    // Only the first bytes of a long word are compared: rather one suspicion too many.
    [['0123456789abc'], '0123456789xyz', false],
    [['0123456789abc'], '012345678', true],
  ])('%j in %j', (words, text, innocent) => {
    expect(scan(words, text).innocent).toBe(innocent);
  });

  it('suspects whatever is no plain text', () => {
    for (const text of ['\x1b[0m', 'a\r\n', '\x00', '\x7f', 'ä', '\u2028']) expect(scan(['word'], text).innocent).toBe(false);
    expect(scan(['wört'], 'a\tb ~').innocent).toBe(true);
  });

  it('counts lines and the longest of them', () => {
    expect(scan(['x'], 'ab\n\nabcd\nabc')).toEqual({ innocent: true, lines: 3, longest: 4 });
    expect(scan(['x'], 'ab\nabcde')).toEqual({ innocent: true, lines: 1, longest: 5 });
  });

  it('finds every word that is there, and in short words nothing else', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'A', '-', '\n'), maxLength: 40 });
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'B', '-'), minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), letters, (words, text) => {
        const there = words.some((one) => text.toLowerCase().includes(one.toLowerCase()));
        expect(scan(words, text).innocent).toBe(!there);
      }),
      { numRuns: 600 },
    );
  });

  it('an innocent text is one in which nothing is hidden, whatever the secrets are', () => {
    const word = fc.string({ minLength: 6, maxLength: 30 });
    const parts = fc.constantFrom(
      'password',
      '=',
      ' ',
      '\n',
      'sk_live_0123456789abcdef',
      'ghp_0123456789abcdef0123',
      'Bearer abcdefghijkl',
      'x',
      '://u:p@h',
      '"',
      'rk-',
    );
    fc.assert(
      fc.property(
        fc.array(word, { maxLength: 4 }),
        fc.array(fc.oneof(parts, fc.string({ maxLength: 10 }), fc.nat({ max: 3 })), { maxLength: 12 }),
        (values, pieces) => {
          const secrets = new Secrets();
          secrets.add(...values);
          const text = pieces.map((piece) => (typeof piece === 'number' ? (values[piece] ?? '') : piece)).join('');
          if (secrets.finder.scan(Buffer.from(text)).innocent) expect(secrets.hide(text)).toBe(text);
        },
      ),
      { numRuns: 600 },
    );
  });

  it('knows what was added after it was asked', () => {
    const secrets = new Secrets();
    const of = () => secrets.finder.scan(Buffer.from('zyxwvu\n')).innocent;
    expect(of()).toBe(true);
    secrets.add('zyxwvu');
    expect(of()).toBe(false);
  });
});
