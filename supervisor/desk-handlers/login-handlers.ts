import { RoostError } from '../../contract/errors.js';
import type { loginMethods } from '../../contract/login-methods.js';
import type { Handlers } from '../core.js';
import type { HandlerParts } from '../handler-parts.js';

/** Serves what contract/login-methods.ts names. */
export function loginHandlers({ login, audit }: Pick<HandlerParts, 'login' | 'audit'>): Pick<Handlers, keyof typeof loginMethods> {
  return {
    'login.get': () => login.read(),
    'login.set': async ({ open }) => {
      const { state, reason } = await login.read();
      if (state === 'unavailable') throw new RoostError('not-supported', reason ?? 'Starting at login is not available here.');
      await audit.record({ act: 'login.set', target: 'roost', detail: { open } });
      return login.set(open);
    },
  };
}
