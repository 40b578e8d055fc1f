import { RequestError } from '@agentclientprotocol/sdk';
import { z } from 'zod';
import { RoostError } from '../../contract/errors.js';
import type { Ask } from './acp-session.js';

/** The error code of the protocol for "sign in first". */
const authRequired = -32000;

export interface AuthMethod {
  readonly id: string;
  readonly name: string;
  readonly description?: string | null | undefined;
  readonly type?: unknown;
  readonly args?: readonly string[] | null | undefined;
}

/**
 * Chooses a way to sign in that needs nobody at a keyboard, such as a key in the environment. Throws `config-invalid`
 * when the agent does not offer it, or offers it for a terminal only.
 */
export async function signIn(ask: Ask, methods: readonly AuthMethod[], wanted: string): Promise<void> {
  const method = methods.find(({ id }) => id === wanted);
  const offered =
    methods.length === 0
      ? 'none'
      : methods
          .slice(0, maxMethods)
          .map(({ id }) => clip(id))
          .join(', ');
  if (method === undefined)
    throw new RoostError('config-invalid', `The agent offers no way to sign in named ${JSON.stringify(wanted)} (auth of its template); it offers: ${offered}.`);
  if (method.type === 'terminal')
    throw new RoostError(
      'config-invalid',
      `${JSON.stringify(wanted)} is a sign-in in a terminal: do it there once as the same user, and leave auth of the template out.`,
    );
  await ask('authenticate', { methodId: wanted }, z.unknown());
}

const maxMethods = 5;
const clip = (text: string): string => text.replace(/\s+/g, ' ').trim().slice(0, 200);

/** What to do about it, in the agent's own words: Roost keeps no account of anybody and signs in nowhere. */
export function authAdvice(methods: readonly AuthMethod[]): string {
  const ways = methods.slice(0, maxMethods).map(({ name, description, type, args }) => {
    const how =
      type === 'terminal' ? ` (run its command once in a terminal${args == null || args.length === 0 ? '' : ` with: ${args.map(clip).join(' ')}`})` : '';
    return `${clip(name)}${how}${description == null || description === '' ? '' : `: ${clip(description)}`}`;
  });
  const start = 'Sign in once in a terminal as the same user, or name its key in env of the template';
  return ways.length === 0 ? `${start}.` : `${start}. It offers: ${ways.join('; ')}.`;
}

/** What a request that brought no result means: the agent wants a sign-in, refused it, or is gone. */
export function failedAnswer(method: string, error: unknown, advice: string): RoostError {
  const message = (error instanceof Error ? error.message : String(error)).slice(0, 500);
  if (!(error instanceof RequestError)) return new RoostError('agent-died', `The agent did not answer ${method}: ${message}.`, { cause: error });
  if (error.code === authRequired) return new RoostError('agent-failed', `The agent wants a sign-in before it works. ${advice}`, { cause: error });
  return new RoostError('agent-failed', `The agent refused ${method}: ${message} (code ${error.code}).`, { cause: error });
}
