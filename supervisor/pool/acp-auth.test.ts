import { expect, it } from 'vitest';
import { signIn } from './acp-auth.js';
import type { Ask } from './acp-session.js';

it('chooses the way to sign in that the operator named, and says what there is instead', async () => {
  const asked: unknown[] = [];
  const ask: Ask = async (method, params, schema) => {
    asked.push([method, params]);
    return schema.parse({});
  };
  const methods = [
    { id: 'key', name: 'A key' },
    { id: 'login', name: 'Log in', type: 'terminal' },
  ];
  await signIn(ask, methods, 'key');
  expect(asked).toEqual([['authenticate', { methodId: 'key' }]]);
  await expect(signIn(ask, methods, 'kee')).rejects.toMatchObject({ code: 'config-invalid', message: expect.stringContaining('it offers: key, login') });
  await expect(signIn(ask, [], 'key')).rejects.toMatchObject({ message: expect.stringContaining('it offers: none') });
  await expect(signIn(ask, methods, 'login')).rejects.toMatchObject({ message: expect.stringContaining('in a terminal') });
  expect(asked).toHaveLength(1);
});
