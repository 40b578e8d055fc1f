/** The error code of the protocol for "sign in first". */
export const authRequired = -32000;

export interface AuthMethod {
  readonly id: string;
  readonly name: string;
  readonly description?: string | null | undefined;
  readonly type?: unknown;
  readonly args?: readonly string[] | null | undefined;
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
