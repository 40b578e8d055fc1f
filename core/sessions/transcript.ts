/** One finished exchange of a session. */
export interface Said {
  readonly user: string;
  readonly agent: string;
}

/** What a fresh agent is told of a session: the newest exchanges that fit, each side cut. */
const mostExchanges = 12;
const mostChars = 24_000;
const mostCharsPerSide = 4_000;

const opening =
  '<earlier-conversation note="Another agent served this session until now. This is what was said, oldest first; answer only the request that follows.">\n';
const closing = '</earlier-conversation>\n\n';

/**
 * The request with what was said before, as text that any agent understands. Lines of either side are
 * indented, so nothing that was said can look like a new speaker or like the end of the conversation.
 */
export function withTranscript(said: readonly Said[], request: string): string {
  const kept: string[] = [];
  let chars = 0;
  for (const { user, agent } of [...said].reverse().slice(0, mostExchanges)) {
    const block = `User:\n${indented(user)}\nAgent:\n${indented(agent)}\n`;
    if (chars + block.length > mostChars) break;
    chars += block.length;
    kept.unshift(block);
  }
  return kept.length === 0 ? request : `${opening}${kept.join('')}${closing}${request}`;
}

/** How many of these exchanges `withTranscript` tells. */
export function toldExchanges(text: string): number {
  return splitTranscript(text).said.length;
}

/** The other way round, for an agent that keeps a history of its own. A request without a transcript is the request. */
export function splitTranscript(text: string): { readonly said: readonly Said[]; readonly request: string } {
  const end = text.indexOf(`\n${closing}`, opening.length - 1);
  if (!text.startsWith(opening) || end < 0) return { said: [], request: text };
  const said: { user: string; agent: string }[] = [];
  let side: 'user' | 'agent' | undefined;
  for (const line of text.slice(opening.length, end).split('\n')) {
    if (line === 'User:') {
      side = 'user';
      said.push({ user: '', agent: '' });
    } else if (line === 'Agent:') side = 'agent';
    else {
      const exchange = said.at(-1);
      if (side !== undefined && exchange !== undefined) exchange[side] += `${exchange[side] === '' ? '' : '\n'}${line.slice(2)}`;
    }
  }
  return { said, request: text.slice(end + 1 + closing.length) };
}

function indented(text: string): string {
  const cut = text.length <= mostCharsPerSide ? text : `${wholeCharacters(text, mostCharsPerSide)} …`;
  return cut
    .split(/\r\n|[\n\r\u2028\u2029]/)
    .map((line) => `  ${line}`)
    .join('\n');
}

function wholeCharacters(text: string, limit: number): string {
  const last = text.charCodeAt(limit - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? limit - 1 : limit);
}
