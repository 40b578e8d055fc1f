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

/** What the library says by itself. */
const plainAuth = /^authentication required\.?$/i;
const maxMethods = 5;
const clip = (text: string): string => text.replace(/\s+/g, ' ').trim().slice(0, 200);

/** What to do about it, in the agent's own words: Roost keeps no account of anybody and signs in nowhere. */
export function authAdvice(methods: readonly AuthMethod[]): string {
  const ways = methods.slice(0, maxMethods).map(({ id, name, description, type, args }) => {
    const more = `${clip(name)}${description == null || description === '' ? '' : `: ${clip(description)}`}`;
    if (type !== 'terminal') return `${clip(id)} (${more})`;
    return `in a terminal, its command${args == null || args.length === 0 ? '' : ` with ${args.map(clip).join(' ')}`} (${more})`;
  });
  const terminal = 'sign in once in a terminal as the same user';
  if (ways.length === 0) return `It names no way to do so: name its key in env of the template, or ${terminal}.`;
  return `Set auth of its template to a way it offers, with its key in env, or ${terminal}. It offers: ${ways.join('; ')}.`;
}

/**
 * An agent that wants a sign-in at its start, or refuses the one that was chosen, wants it at every other start, too: that
 * is for the operator to mend, `config-invalid`. Any other failure may pass and comes back as it is.
 */
export function startFailure(error: unknown): unknown {
  const wants = error instanceof RoostError && error.cause instanceof RequestError && error.cause.code === authRequired;
  return wants ? new RoostError('config-invalid', error.message, { cause: error }) : error;
}

/** What a request that brought no result means: the agent wants a sign-in, refused it, or is gone. */
export function failedAnswer(method: string, error: unknown, advice: string): RoostError {
  const message = (error instanceof Error ? error.message : String(error)).slice(0, 500);
  if (!(error instanceof RequestError)) return new RoostError('agent-died', `The agent did not answer ${method}: ${message}.`, { cause: error });
  if (error.code === authRequired) {
    const said = plainAuth.test(message) ? '' : ` (it says: ${clip(message)})`;
    return new RoostError('agent-failed', `The agent wants a sign-in before it works${said}. ${advice}`, { cause: error });
  }
  return new RoostError('agent-failed', `The agent refused ${method}: ${message} (code ${error.code}).`, { cause: error });
}
