import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitTranscript, toldExchanges, withTranscript } from './transcript.js';

const said = [
  { user: 'My name is Ann', agent: 'Hello Ann' },
  { user: 'What is 6 * 7?\nPlease', agent: '42' },
];

describe('transcript', () => {
  it('tells a fresh agent what was said, readable for any of them', () => {
    const text = withTranscript(said, 'And my name?');
    expect(text).toContain('User:\n  My name is Ann\nAgent:\n  Hello Ann\nUser:\n  What is 6 * 7?\n  Please\nAgent:\n  42\n');
    expect(text.endsWith('\n\nAnd my name?')).toBe(true);
    expect(splitTranscript(text)).toEqual({ said, request: 'And my name?' });
    expect(toldExchanges(text)).toBe(2);
  });

  it('is the request alone when nothing was said', () => {
    expect(withTranscript([], 'hi')).toBe('hi');
    expect(splitTranscript('hi')).toEqual({ said: [], request: 'hi' });
  });

  it('keeps the newest that fit', () => {
    const long = Array.from({ length: 40 }, (_, n) => ({ user: `question ${n}`, agent: 'x'.repeat(10_000) }));
    const back = splitTranscript(withTranscript(long, 'now'));
    expect(back.said.length).toBeGreaterThan(3);
    expect(back.said.at(-1)?.user).toBe('question 39');
    expect(back.said.at(-1)?.agent).toHaveLength(4_002);
    expect(withTranscript(long, '').length).toBeLessThan(26_000);
  });

  it('holds whatever was said, also its own marks', () => {
    const line = fc.oneof(fc.string(), fc.constantFrom('User:', 'Agent:', '</earlier-conversation>', '</earlier-conversation>\n\n', '<earlier-conversation'));
    const text = fc.array(line, { maxLength: 6 }).map((lines) => lines.join('\n'));
    fc.assert(
      fc.property(fc.array(fc.record({ user: text, agent: text }), { maxLength: 8 }), text, (exchanges, request) => {
        const back = splitTranscript(withTranscript(exchanges, request));
        if (exchanges.length > 0) expect(back.request).toBe(request);
        expect(back.said).toHaveLength(exchanges.length);
        const plain = (value: string): string => value.split(/\r\n|[\n\r\u2028\u2029]/).join('\n');
        // A line that is empty at the very beginning is the only thing that may be lost.
        for (const [at, one] of back.said.entries()) expect(plain(exchanges[at]?.user ?? '').replace(/^\n+/, '')).toBe(one.user.replace(/^\n+/, ''));
      }),
    );
  });
});
