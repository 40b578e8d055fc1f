import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, type OpenDoor, openDoor } from './door-fixture.js';
import { routes, schemasOf } from './routes.js';

let open: OpenDoor;
beforeAll(async () => {
  open = await openDoor();
});
afterAll(() => open.stop());

/** What JSON can hold and people do send: deep, long, empty, not quite numbers, half characters. */
const odd = fc.oneof(
  { weight: 3, arbitrary: fc.jsonValue({ maxDepth: 4 }) },
  fc.constantFrom(null, '', ' ', '\u0000', '\ud800', 'a\udc00b', '\u202e', '\u001b[2J', 'NaN', -0, 1e308, 2 ** 53, [], {}, [[[[[[]]]]]], 'x'.repeat(5_000)),
  fc.string({ unit: 'binary', maxLength: 200 }),
);
const writing = routes.filter(({ verb }) => verb !== 'GET' && verb !== 'DELETE');

describe('whatever is sent', () => {
  it('every writing route answers in words and names the field, and none breaks', async () => {
    const arbitrary = fc.constantFrom(...writing).chain((route) => {
      const fields = Object.keys(schemasOf(route).rest.shape);
      const known = fields.length === 0 ? fc.constant({}) : fc.dictionary(fc.constantFrom(...fields), odd, { maxKeys: fields.length });
      return fc.record({ route: fc.constant(route), body: fc.oneof(known, odd) });
    });
    await fc.assert(
      fc.asyncProperty(arbitrary, async ({ route, body }) => {
        const path = route.path.replace(/:[A-Za-z]+/g, 's-1');
        const answer = await call(open.port, route.verb, path, JSON.stringify(body));
        const { error } = answer.json;
        expect([500, 0], `${route.verb} ${path} ${JSON.stringify(body).slice(0, 300)}`).not.toContain(answer.status);
        if (answer.status !== 400) return;
        expect(error?.message).toMatch(/must|is not a known field|needs|give |already|exactly|either|cannot|wanted/);
        expect((error?.message ?? '').length).toBeLessThan(600);
        // What came is quoted in a form that no terminal obeys.
        expect(error?.message).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
      }),
      { numRuns: 400 },
    );
  }, 60_000);

  it('a text that is taken arrives as it was sent', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 400 }),
      fc.constant(`${'é'.repeat(90_000)}\u0000\u001b[31m`),
      fc.constant('x'.repeat(100_000)),
    );
    await fc.assert(
      fc.asyncProperty(text, async (sent) => {
        const before = open.core.calls.length;
        const answer = await call(open.port, 'POST', '/api/session/s-1/turns', JSON.stringify({ text: sent }));
        if (sent.trim() === '') return void expect([answer.status, answer.json.error?.field]).toEqual([400, 'text']);
        expect(answer.status).toBe(202);
        expect(open.core.calls.slice(before)).toMatchObject([{ method: 'turn.create', params: { text: sent } }]);
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  it.each<[string, string, number, string]>([
    ['1 MB', JSON.stringify({ text: 'x'.repeat(1_048_576) }), 413, 'the body must be at most 262144 bytes'],
    [
      'more than a turn may hold',
      JSON.stringify({ text: 'x'.repeat(100_001) }),
      400,
      'text must be at most 100000 characters long, got "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…" (100001 characters)',
    ],
    ['null', '{"text":null}', 400, 'text must be a string, got null'],
    ['a number', '{"text":7}', 400, 'text must be a string, got 7'],
    ['NaN', '{"text":NaN}', 400, 'the body must be valid JSON, got text that does not parse'],
    ['blank', '{"text":" \\n "}', 400, 'text must not be blank, got " \\n "'],
    ['half a character', '{"text":"a\\ud800"}', 400, 'text must be well-formed Unicode (it holds half of a surrogate pair), got "a\\ud800"'],
    ['nested for ever', `${'{"text":'.repeat(20_000)}1${'}'.repeat(20_000)}`, 400, 'the body must not be nested deeper than 64 levels'],
  ])('a prompt of %s', async (_, body, status, message) => {
    const answer = await call(open.port, 'POST', '/api/session/s-1/turns', body);
    expect([answer.status, answer.json.error?.message]).toEqual([status, message]);
  });
});
