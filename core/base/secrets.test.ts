import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hideShapes, Secrets, secretsIn } from './secrets.js';
import { processorMs } from './test-times.js';

describe('what looks like a secret', () => {
  it.each([
    ['password=hunter2', 'password=***'],
    ['DB_PASSWORD: "hunter 2" next', 'DB_PASSWORD: "***" next'],
    ['{"apiKey":"abc","n":1}', '{"apiKey":"***","n":1}'],
    ['Authorization: Bearer abcdefghijkl', 'Authorization: ***'],
    ['authorization=Basic dXNlcjpwYXNz', 'authorization=***'],
    ['sent Bearer abcdefghijkl.mno', 'sent Bearer ***'],
    ['redis://user:geheim@host/0 and https://a:b@c', 'redis://user:***@host/0 and https://a:***@c'],
    ['key sk-abcdefghijklmnop used', 'key *** used'],
    ['ghp_abcdefghijklmnopqrst', '***'],
    ['eyJhbGciOiJI.eyJzdWIiOiIx.abc-_d', '***'],
    ['token=abc123def', 'token=***'],
    ['DB_PASS=12345', 'DB_PASS=***'],
  ])('%s', (line, kept) => expect(hideShapes(line)).toBe(kept));

  it.each([
    'the token was refused',
    'max_tokens: 4096, total_tokens=512, token: 17',
    'tests passed: 12',
    'bypass: on',
    'secretary: Ann',
    'tokenizer=fast',
    'a key press',
    'passenger=3',
  ])('leaves alone: %s', (line) => expect(hideShapes(line)).toBe(line));

  it('takes no time over a line that is made to be slow', () => {
    for (const line of ['a-'.repeat(8_000), `${'password'.repeat(2_000)}`, `x ${'='.repeat(16_000)}`, `password${' '.repeat(16_000)}x`]) {
      const began = processorMs();
      hideShapes(line);
      // Milliseconds; a quadratic pattern takes seconds.
      expect(processorMs() - began).toBeLessThan(1_000);
    }
  });

  it('changes nothing the second time', () => {
    const piece = fc.constantFrom('password', 'token', '=', ':', ' ', 'Bearer ', 'abcdefghijkl', '"', 'redis://', 'u:p@', 'sk-', 'x');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const once = hideShapes(pieces.join(''));
        expect(hideShapes(once)).toBe(once);
      }),
    );
  });
});

describe('secrets that are known', () => {
  const canary = 'c4n/4ry "5ecret"+';

  it('are hidden in every form', () => {
    const secrets = new Secrets();
    secrets.add(canary, undefined, 'short');
    const forms = [
      canary,
      encodeURIComponent(canary),
      JSON.stringify({ a: canary }),
      Buffer.from(canary).toString('base64'),
      Buffer.from(canary).toString('base64url'),
    ];
    for (const form of forms) {
      const told = secrets.hide(`before ${form} after`);
      expect(told).toContain('***');
      expect(told).toMatch(/^before .*after$/);
      for (const other of forms) expect(told).not.toContain(other);
    }
    expect(secrets.hide('a short word')).toBe('a short word');
  });

  it('wherever they stand in a line', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.string(),
        fc.string({ minLength: 8, maxLength: 40 }).filter((value) => !value.includes('*')),
        (before, after, value) => {
          const secrets = new Secrets();
          secrets.add(value);
          expect(secrets.hide(`${before}${value}${after}`).includes(value)).toBe(false);
        },
      ),
    );
  });

  it('a text that is clean is one in which nothing is hidden', () => {
    const secrets = new Secrets();
    secrets.add(canary);
    for (const text of ['a plain line\nand another', 'password=x', canary, `https://x?${encodeURIComponent(canary)}`, 'Bearer abcdefghijkl'])
      expect(secrets.clean(text)).toBe(secrets.hide(text) === text);
    fc.assert(fc.property(fc.string(), (text) => !secrets.clean(text) || secrets.hide(text) === text));
  });

  it('are found in settings and in an environment by their names', () => {
    expect(
      secretsIn({
        providers: [{ name: 'a', apiKey: 'key-of-a', baseUrl: 'https://u:in-the-url@host' }],
        services: { api: { env: { DB_PASSWORD: 'of the database', MODE: 'production', MAX_TOKENS: '100000', GH_TOKEN: 'of github' } } },
        redis: { url: 'rediss://:of-redis@host' },
        flags: { TOKEN: 'true' },
      }),
    ).toEqual(['key-of-a', 'in-the-url', 'of the database', 'of github', 'of-redis']);
    expect(secretsIn({ PWD: '/home/ada/stack', OLDPWD: '/home/ada', DB_PWD: 'of the database' })).toEqual(['of the database']);
  });
});
