/** Which addresses the desktop window may show, and which it may hand to the system browser. Pure, so that one table can pin it. */

export const appScheme = 'app';
export const appHost = 'roost';
export const appOrigin = `${appScheme}://${appHost}`;
export const startUrl = `${appOrigin}/`;

/** The page, at one of its places (`/approvals`, `/processes/redis`). */
export const addressOf = (place?: `/${string}`): string => (place === undefined ? startUrl : `${startUrl}#${place}`);

/** Documentation we point to; a link in an agent's text never leads elsewhere. */
export const externalHosts: readonly string[] = ['github.com', 'redis.io', 'agentclientprotocol.com', 'docs.bullmq.io'];

const maxUrlChars = 2_048;

function parse(address: string): URL | undefined {
  if (address.length > maxUrlChars) return undefined;
  try {
    return new URL(address);
  } catch {
    return undefined;
  }
}

/** True for a page of ours. Decided on the parsed parts: `URL.origin` is "null" for schemes a parser does not know. */
export function isOwnPage(address: string): boolean {
  const url = parse(address);
  return url !== undefined && url.protocol === `${appScheme}:` && url.host === appHost && url.username === '' && url.password === '';
}

/**
 * The address to open outside, normalised, or undefined when it must not be opened. A parser drops tabs
 * and line breaks in the middle of an address; what a person saw would then differ from what opens.
 */
export function externalAddress(address: string): string | undefined {
  const trimmed = address.trim();
  if (/[\u0000-\u0020\u007f\\]/.test(trimmed)) return undefined;
  const url = parse(trimmed);
  if (url === undefined || url.protocol !== 'https:' || url.port !== '') return undefined;
  if (url.username !== '' || url.password !== '' || !externalHosts.includes(url.hostname)) return undefined;
  return url.href;
}
