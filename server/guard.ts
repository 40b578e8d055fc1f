import { RoostError } from '../contract/errors.js';
import { quote } from '../contract/validation.js';

/**
 * Loopback is no security boundary: any web page and any local program can knock here. Every request
 * is judged before routing, in one order: target and Host, Origin, token, content type. Pure.
 */
export type Zone = 'public' | 'screen' | 'sign-in' | 'socket' | 'api';

export interface Knock {
  readonly kind: 'request' | 'upgrade';
  readonly verb: string;
  /** The request target as it came, undecoded. */
  readonly target: string;
  /** Name, value, name, value … as they came: a joined or deduplicated map would hide a second Host. */
  readonly rawHeaders: readonly string[];
}

export interface GuardRules {
  readonly hosts: ReadonlySet<string>;
  /** Exact paths of the screen's own files. */
  readonly screenPaths: ReadonlySet<string>;
  readonly cookieName: string;
  tokenMatches(candidate: string): boolean;
  cookieMatches(candidate: string): boolean;
}

export type Verdict =
  | { readonly allow: true; readonly zone: Zone; readonly host: string }
  | { readonly allow: false; readonly zone: Zone; readonly error: RoostError };

export const publicPaths: ReadonlySet<string> = new Set(['/health/live', '/health/ready']);
export const signInPath = '/auth';
export const socketPath = '/ws';

/** The only names under which this listener answers. */
export function allowedHosts(port: number): ReadonlySet<string> {
  const names = ['127.0.0.1', 'localhost', '[::1]'];
  return new Set(port === 80 ? [...names, ...names.map((name) => `${name}:80`)] : names.map((name) => `${name}:${port}`));
}

const none: readonly string[] = [];

/** `name` in lower case. A loop: it runs eight times for every request. */
function headerValues(rawHeaders: readonly string[], name: string): readonly string[] {
  let found: string[] | undefined;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const given = rawHeaders[at] as string;
    if (given.length !== name.length || (given !== name && given.toLowerCase() !== name)) continue;
    found ??= [];
    found.push(rawHeaders[at + 1] as string);
  }
  return found ?? none;
}

const pathOf = (target: string): string => target.split('?', 1)[0] ?? target;

/** Exact comparison on the raw path: an encoded or dotted twin of an open path is simply an API path and needs the token. */
function zoneOf(knock: Knock, rules: GuardRules): Zone {
  const path = pathOf(knock.target);
  if (knock.kind === 'upgrade') return 'socket';
  if (knock.verb === 'GET' && publicPaths.has(path)) return 'public';
  if (knock.verb === 'GET' && rules.screenPaths.has(path)) return 'screen';
  if (knock.verb === 'POST' && path === signInPath) return 'sign-in';
  return 'api';
}

function hostProblem(knock: Knock, rules: GuardRules): RoostError | undefined {
  if (!knock.target.startsWith('/')) return new RoostError('bad-request', `the request target must be a path such as /api/health, got ${quote(knock.target)}`);
  const hosts = headerValues(knock.rawHeaders, 'host');
  if (hosts.length > 1) return new RoostError('bad-request', `the Host header must be given once, got ${hosts.length}`, { field: 'Host' });
  if (hosts[0] !== undefined && rules.hosts.has(hosts[0])) return undefined;
  return new RoostError('forbidden', `the Host header must be ${[...rules.hosts].join(' or ')}, got ${hosts[0] === undefined ? 'none' : quote(hosts[0])}`, {
    field: 'Host',
  });
}

function originProblem(knock: Knock, zone: Zone, host: string): RoostError | undefined {
  const origins = headerValues(knock.rawHeaders, 'origin');
  const own = `http://${host}`;
  const refused = (message: string): RoostError => new RoostError('forbidden', message, { field: 'Origin' });
  if (origins.length > 1) return refused(`the Origin header must be given at most once, got ${origins.length}`);
  if (origins[0] !== undefined && (zone === 'api' || zone === 'public'))
    return refused('requests from a web page are not served here: leave the Origin header out');
  if (origins[0] !== undefined && origins[0] !== own) return refused(`the Origin header must be ${own}, got ${quote(origins[0])}`);
  if (origins[0] === undefined && zone === 'sign-in') return refused(`signing in needs the Origin header ${own}, got none`);
  const sites = headerValues(knock.rawHeaders, 'sec-fetch-site');
  if (sites.every((site) => site === 'same-origin' || site === 'none')) return undefined;
  // Following a link to the screen is no attack: a page of another site cannot read or frame what opens.
  const followsLink =
    zone === 'screen' &&
    headerValues(knock.rawHeaders, 'sec-fetch-mode').join() === 'navigate' &&
    headerValues(knock.rawHeaders, 'sec-fetch-dest').join() === 'document';
  return followsLink ? undefined : new RoostError('forbidden', 'requests from another site are not served here', { field: 'Sec-Fetch-Site' });
}

/** The value of one cookie; a name given twice counts as absent, for nobody can say which one is ours. */
export function cookieValue(rawHeaders: readonly string[], name: string): string | undefined {
  const found = headerValues(rawHeaders, 'cookie')
    .flatMap((header) => header.split(';'))
    .map((part) => part.trim())
    .filter((part) => part.startsWith(`${name}=`));
  return found.length === 1 ? found[0]?.slice(name.length + 1) : undefined;
}

function tokenProblem(knock: Knock, zone: Zone, rules: GuardRules): RoostError | undefined {
  if (zone === 'public' || zone === 'screen' || zone === 'sign-in') return undefined;
  const refused = (message: string): RoostError => new RoostError('unauthorized', message);
  const given = headerValues(knock.rawHeaders, 'authorization');
  if (given.length > 1) return refused('the Authorization header must be given once');
  if (given[0] !== undefined) {
    const candidate = /^bearer ([!-~]{1,512})$/i.exec(given[0])?.[1];
    if (candidate === undefined) return refused('the Authorization header must read: Bearer TOKEN');
    return rules.tokenMatches(candidate) ? undefined : refused('the token is not the one of this run: read it from control.json in the data directory');
  }
  if (zone === 'socket') {
    const cookie = cookieValue(knock.rawHeaders, rules.cookieName);
    // A cookie travels on its own, so only our own page may use it: here Origin is a must.
    if (cookie !== undefined && headerValues(knock.rawHeaders, 'origin').length === 1 && rules.cookieMatches(cookie)) return undefined;
    return refused('sign in first: roost open prints a link');
  }
  return refused('a token is needed: Authorization: Bearer TOKEN, with the token of control.json in the data directory');
}

function contentTypeProblem(knock: Knock): RoostError | undefined {
  const hasBody =
    headerValues(knock.rawHeaders, 'transfer-encoding').length > 0 || headerValues(knock.rawHeaders, 'content-length').some((length) => length.trim() !== '0');
  const needsBody = knock.verb === 'POST' || knock.verb === 'PUT' || knock.verb === 'PATCH';
  if (!hasBody && !needsBody) return undefined;
  const given = headerValues(knock.rawHeaders, 'content-type');
  if (given.length === 1 && given[0]?.split(';', 1)[0]?.trim().toLowerCase() === 'application/json') return undefined;
  return new RoostError(
    'unsupported-media-type',
    `the Content-Type header must be application/json, got ${given[0] === undefined ? 'none' : quote(given.join(', '))}`,
    { field: 'Content-Type' },
  );
}

export function judge(knock: Knock, rules: GuardRules): Verdict {
  const zone = zoneOf(knock, rules);
  const host = headerValues(knock.rawHeaders, 'host')[0] ?? '';
  const error = hostProblem(knock, rules) ?? originProblem(knock, zone, host) ?? tokenProblem(knock, zone, rules) ?? contentTypeProblem(knock);
  return error === undefined ? { allow: true, zone, host } : { allow: false, zone, error };
}
