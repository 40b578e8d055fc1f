import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseBoundedJson } from './bounded-json.js';
import { defaultDataDir } from './data-dir.js';
import { RoostError } from './errors.js';
import { methods } from './methods.js';
import { parseInput } from './validation.js';

function refusal(act: () => unknown): RoostError {
  try {
    act();
  } catch (error) {
    if (error instanceof RoostError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('parseInput names the field, the wish and what came', () => {
  const turn = methods['turn.create'].params;
  const ok = { sessionId: 's', text: 'hi' };
  it.each<[string, z.ZodType, unknown, string | undefined, string]>([
    ['null', turn, { ...ok, text: null }, 'text', 'text must be a string, got null'],
    ['missing', turn, { sessionId: 's' }, 'text', 'text must be a string, got nothing'],
    ['number', turn, { ...ok, text: 7 }, 'text', 'text must be a string, got 7'],
    ['list', turn, { ...ok, text: ['a', 'b'] }, 'text', 'text must be a string, got a list of 2'],
    ['object', turn, { ...ok, text: { a: 1 } }, 'text', 'text must be a string, got an object'],
    ['blank', turn, { ...ok, text: '   ' }, 'text', 'text must not be blank, got "   "'],
    ['empty', turn, { ...ok, text: '' }, 'text', 'text must be at least 1 character long, got ""'],
    ['huge', turn, { ...ok, text: 'x'.repeat(100_001) }, 'text', `text must be at most 100000 characters long, got "${'x'.repeat(40)}…" (100001 characters)`],
    ['half a surrogate pair', turn, { ...ok, text: 'a\ud800' }, 'text', 'text must be well-formed Unicode (it holds half of a surrogate pair), got "a\\ud800"'],
    ['a bad id', turn, { ...ok, sessionId: '../x' }, 'sessionId', 'sessionId must be 1 to 128 of A-Z a-z 0-9 . _ @ + - and not only dots, got "../x"'],
    [
      'control characters',
      turn,
      { ...ok, sessionId: '\u001b[2J' },
      'sessionId',
      'sessionId must be 1 to 128 of A-Z a-z 0-9 . _ @ + - and not only dots, got "\\u001b[2J"',
    ],
    ['a fraction', turn, { ...ok, priority: 1.5 }, 'priority', 'priority must be a whole number, got 1.5'],
    ['too small', turn, { ...ok, priority: 0 }, 'priority', 'priority must be at least 1, got 0'],
    ['too big', turn, { ...ok, priority: 11 }, 'priority', 'priority must be at most 10, got 11'],
    ['past the safe integers', turn, { ...ok, priority: 2 ** 53 + 2 }, 'priority', 'priority must be at most 9007199254740991, got 9007199254740994'],
    ['not one of', methods['session.start'].params, { userId: 'u', tier: 'gold' }, 'tier', 'tier must be one of "free", "basic", "pro", got "gold"'],
    ['an unknown field', turn, { ...ok, txt: 1 }, 'txt', '"txt" is not a known field; wanted: sessionId, text, intent, priority'],
    ['the whole', turn, null, undefined, 'the body must be an object, got null'],
    ['an inner field', z.strictObject({ a: z.object({ b: z.array(z.number()) }) }), { a: { b: [1, 'x'] } }, 'a.b[1]', 'a.b[1] must be a number, got "x"'],
    ['one literal', z.object({ v: z.literal(1) }), { v: 2 }, 'v', 'v must be 1, got 2'],
    ['true or false', z.object({ v: z.boolean() }), { v: 'yes' }, 'v', 'v must be true or false, got "yes"'],
    ['a short list', z.object({ v: z.array(z.string()).min(1) }), { v: [] }, 'v', 'v must hold at least 1 item, got an empty list'],
    [
      'a wrong key',
      z.object({ a: z.record(z.string().regex(/^[a-z]+$/, 'must be of a-z'), z.number()) }),
      { a: { 'X!': 1 } },
      'a.X!',
      '"X!" in a must be of a-z',
    ],
    ['a library text', z.object({ v: z.string().email() }), { v: 'x' }, 'v', 'v is not valid, got "x"'],
  ])('%s', (_name, schema, value, field, message) => {
    const error = refusal(() => parseInput(schema, value, 'the body'));
    expect({ code: error.code, field: error.field, message: error.message }).toEqual({ code: 'bad-request', field, message });
  });

  it('never repeats more than a short excerpt', () => {
    const error = refusal(() => parseInput(turn, { ...ok, ['k'.repeat(100_000)]: 1 }, 'the body'));
    expect(error.message.length).toBeLessThan(200);
    expect(error.field?.length).toBeLessThan(60);
  });
});

describe('parseBoundedJson', () => {
  const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;
  it.each([
    ['too deep', nested(65)],
    ['far too deep', nested(200_000)],
    ['deep without end', '['.repeat(100_000)],
    ['deep objects', `${'{"a":'.repeat(100)}1${'}'.repeat(100)}`],
    ['a prototype', '{"__proto__":{"polluted":1}}'],
    ['a hidden prototype', '{"\\u005f_proto__":{"polluted":1}}'],
    ['an inner prototype', '{"a":[{"__proto__":1}]}'],
    ['a constructor', '{"constructor":{"prototype":{"polluted":1}}}'],
    ['a key twice', '{"a":1,"a":2}'],
    ['a key twice, once escaped', '{"a":1,"\\u0061":2}'],
    ['nothing', ''],
    ['half', '{"a":'],
    ['NaN', '{"a":NaN}'],
    ['a trailing comma', '{"a":1,}'],
    ['an open string', '{"a":"'],
    ['two values', '{} {}'],
  ])('refuses %s with a short sentence', (_name, text) => {
    const error = refusal(() => parseBoundedJson(text, 'the body'));
    expect(error.code).toBe('bad-request');
    expect(error.message).toMatch(/^the body must /);
    expect(error.message.length).toBeLessThan(120);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it.each(['{"a":{"a":1},"b":[{"a":1},{"a":2}]}', '"{{{[[["', '{"a":"\\"}{[","b":1}', nested(64), 'null', '[1e400,-0]', '{"__proto":"__proto__"}'])(
    'takes %s as JSON.parse does',
    (text) => {
      expect(parseBoundedJson(text, 'the body')).toEqual(JSON.parse(text));
    },
  );
});

describe('defaultDataDir', () => {
  it.each([
    ['linux', {}, '/home/ada', '/home/ada/.local/share/roost'],
    ['linux', { XDG_DATA_HOME: '/data' }, '/home/ada', '/data/roost'],
    ['linux', { XDG_DATA_HOME: 'relative' }, '/home/ada', '/home/ada/.local/share/roost'],
    ['linux', { ROOST_DATA_DIR: '/x y' }, '/home/ada', '/x y'],
    ['linux', {}, '', undefined],
    ['darwin', {}, '/Users/ada', '/Users/ada/Library/Application Support/Roost'],
    ['win32', { LOCALAPPDATA: 'C:\\L' }, 'C:\\U', 'C:\\L\\Roost'],
    ['win32', {}, 'C:\\U', 'C:\\U\\AppData\\Local\\Roost'],
    ['win32', {}, '', undefined],
  ])('%s %o %s', (platform, env, home, expected) => {
    expect(defaultDataDir({ platform, env, home })).toBe(expected);
  });
});
