import { expect, it } from 'vitest';
import { harmless } from './evidence.js';

it.each([
  ['password=hunter2', 'password=***'],
  ['DB_PASSWORD: "hunter 2" next', 'DB_PASSWORD: "***" next'],
  ['{"apiKey":"abc","n":1}', '{"apiKey":"***","n":1}'],
  ['Authorization: Bearer abcdefghijkl', 'Authorization: ***'],
  ['sent Bearer abcdefghijkl.mno', 'sent Bearer ***'],
  ['redis://user:geheim@host/0', 'redis://user:***@host/0'],
  ['key sk-abcdefghijklmnop used', 'key *** used'],
  ['\u001b[31mred\u001b[0m \u0007bell', 'red bell'],
  ['the token was refused', 'the token was refused'],
])('%j is kept as %j', (line, kept) => expect(harmless(line)).toBe(kept));

it('keeps no endless line', () => expect(harmless('x'.repeat(10_000)).length).toBeLessThan(600));
