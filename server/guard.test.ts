import { describe, expect, it } from 'vitest';
import { allowedHosts, cookieValue, type GuardRules, judge, type Knock } from './guard.js';

const port = 4_711;
const host = `127.0.0.1:${port}`;
const own = `http://${host}`;
const rules: GuardRules = {
  hosts: allowedHosts(port),
  screenPaths: new Set(['/', '/assets/app-1a2b3c4d.js']),
  cookieName: 'roost_4711',
  tokenMatches: (candidate) => candidate === 'right',
  cookieMatches: (candidate) => candidate === 'signed-in',
};

type Headers = readonly (readonly [string, string])[];
const bearer: Headers = [['Authorization', 'Bearer right']];
const json: Headers = [['Content-Type', 'application/json']];

function knock(verb: string, target: string, headers: Headers, kind: Knock['kind'] = 'request'): string {
  const verdict = judge({ kind, verb, target, rawHeaders: headers.flat() }, rules);
  return verdict.allow ? `allow ${verdict.zone}` : verdict.error.code;
}
const withHost = (headers: Headers, name = host): Headers => [['Host', name], ...headers];

describe('Host', () => {
  it.each([host, `localhost:${port}`, `[::1]:${port}`])('%s is ours', (name) => {
    expect(knock('GET', '/api/health', withHost(bearer, name))).toBe('allow api');
  });
  it.each([
    'evil.example',
    `evil.example:${port}`,
    'localhost.evil',
    `localhost.evil:${port}`,
    `127.0.0.1.nip.io:${port}`,
    `0.0.0.0:${port}`,
    `[::ffff:127.0.0.1]:${port}`,
    '127.0.0.1',
    'localhost',
    '127.0.0.1:80',
    `127.0.0.1:${port}.`,
    `127.0.0.1:0${port}`,
    `127.1:${port}`,
    `2130706433:${port}`,
    `user@${host}`,
    `${host}/`,
    `${host}, evil`,
    `LOCALHOST:${port}`,
    `[::1%25lo]:${port}`,
    `[0:0:0:0:0:0:0:1]:${port}`,
    '',
    ' ',
    '[::1]',
    `127.0.0.1:${port}\u0000`,
  ])('%j is not', (name) => {
    expect(knock('GET', '/api/health', withHost(bearer, name))).toBe('forbidden');
    expect(knock('GET', '/health/live', withHost([], name))).toBe('forbidden');
    expect(knock('GET', '/', withHost([], name))).toBe('forbidden');
    expect(knock('GET', '/ws', withHost(bearer, name), 'upgrade')).toBe('forbidden');
  });
  it('must be there once', () => {
    expect(knock('GET', '/api/health', bearer)).toBe('forbidden');
    expect(knock('GET', '/api/health', [['Host', host], ['host', 'evil'], ...bearer])).toBe('bad-request');
    expect(knock('GET', '/api/health', [['host', host], ['HOST', host], ...bearer])).toBe('bad-request');
  });
  it.each([`http://${host}/api/health`, 'http://evil/api/health', '*', 'evil:443', ''])('the target %j is refused', (target) => {
    expect(knock('GET', target, withHost(bearer))).toBe('bad-request');
  });
  it('goes without a port only on port 80', () => {
    expect(allowedHosts(80).has('localhost')).toBe(true);
    expect(allowedHosts(81).has('localhost')).toBe(false);
  });
});

const foreign = [
  'https://evil',
  'null',
  'http://localhost:9',
  'file://',
  '',
  `https://${host}`,
  `http://localhost:${port}`,
  `${own}/`,
  `${own}.evil`,
  `${own} `,
  'chrome-extension://x',
];

describe('Origin', () => {
  it.each([...foreign, own])('%j is refused on the API and on health', (origin) => {
    expect(knock('GET', '/api/health', withHost([['Origin', origin], ...bearer]))).toBe('forbidden');
    expect(knock('POST', '/api/session/start', withHost([['Origin', origin], ...bearer, ...json]))).toBe('forbidden');
    expect(knock('OPTIONS', '/api/health', withHost([['Origin', origin]]))).toBe('forbidden');
    expect(knock('GET', '/health/live', withHost([['Origin', origin]]))).toBe('forbidden');
  });
  it.each(foreign)('%j is refused on sign-in, screen and socket', (origin) => {
    expect(knock('POST', '/auth', withHost([['Origin', origin], ...json]))).toBe('forbidden');
    expect(knock('GET', '/', withHost([['Origin', origin]]))).toBe('forbidden');
    expect(knock('GET', '/ws', withHost([['Origin', origin], ...bearer]), 'upgrade')).toBe('forbidden');
    expect(
      knock(
        'GET',
        '/ws',
        withHost([
          ['Origin', origin],
          ['Cookie', 'roost_4711=signed-in'],
        ]),
        'upgrade',
      ),
    ).toBe('forbidden');
  });
  it('our own is welcome where the page talks', () => {
    expect(knock('POST', '/auth', withHost([['Origin', own], ...json]))).toBe('allow sign-in');
    expect(knock('GET', '/', withHost([['Origin', own]]))).toBe('allow screen');
    expect(
      knock(
        'GET',
        '/ws',
        withHost([
          ['Origin', own],
          ['Cookie', 'roost_4711=signed-in'],
        ]),
        'upgrade',
      ),
    ).toBe('allow socket');
  });
  it('is needed to sign in and counts once', () => {
    expect(knock('POST', '/auth', withHost(json))).toBe('forbidden');
    expect(knock('POST', '/auth', withHost([['Origin', own], ['Origin', own], ...json]))).toBe('forbidden');
  });
  it.each([
    ['cross-site', 'forbidden'],
    ['same-site', 'forbidden'],
    ['nonsense', 'forbidden'],
    ['same-origin', 'allow api'],
    ['none', 'allow api'],
  ])('Sec-Fetch-Site %s on the API: %s', (site, expected) => {
    expect(knock('GET', '/api/health', withHost([['Sec-Fetch-Site', site], ...bearer]))).toBe(expected);
  });
  it('another site may link to the screen and no more', () => {
    const cross: Headers = [
      ['Sec-Fetch-Site', 'cross-site'],
      ['Sec-Fetch-Mode', 'navigate'],
      ['Sec-Fetch-Dest', 'document'],
    ];
    expect(knock('GET', '/', withHost(cross))).toBe('allow screen');
    expect(knock('GET', '/api/health', withHost([...cross, ...bearer]))).toBe('forbidden');
    expect(knock('GET', '/health/live', withHost(cross))).toBe('forbidden');
    expect(
      knock(
        'GET',
        '/',
        withHost([
          ['Sec-Fetch-Site', 'cross-site'],
          ['Sec-Fetch-Mode', 'navigate'],
          ['Sec-Fetch-Dest', 'iframe'],
        ]),
      ),
    ).toBe('forbidden');
    expect(
      knock(
        'GET',
        '/assets/app-1a2b3c4d.js',
        withHost([
          ['Sec-Fetch-Site', 'cross-site'],
          ['Sec-Fetch-Mode', 'no-cors'],
          ['Sec-Fetch-Dest', 'script'],
        ]),
      ),
    ).toBe('forbidden');
  });
});

describe('token', () => {
  it.each<[string, Headers]>([
    ['none', []],
    ['empty', [['Authorization', '']]],
    ['no token', [['Authorization', 'Bearer']]],
    ['blank', [['Authorization', 'Bearer  ']]],
    ['another scheme', [['Authorization', 'Basic right']]],
    ['no scheme', [['Authorization', 'right']]],
    ['same length', [['Authorization', 'Bearer wrong']]],
    ['other length', [['Authorization', `Bearer ${'x'.repeat(300)}`]]],
    ['a megabyte', [['Authorization', `Bearer ${'x'.repeat(1_000_000)}`]]],
    [
      'two tokens',
      [
        ['Authorization', 'Bearer right'],
        ['authorization', 'Bearer right'],
      ],
    ],
    ['a trailing word', [['Authorization', 'Bearer right x']]],
    ['the cookie of the screen', [['Cookie', 'roost_4711=signed-in']]],
  ])('%s: 401', (_name, headers) => {
    expect(knock('GET', '/api/health', withHost(headers))).toBe('unauthorized');
    expect(knock('DELETE', '/api/turns/x', withHost(headers))).toBe('unauthorized');
  });
  it.each([
    '/api/health?token=right',
    '/metrics',
    '/openapi.json',
    '/nowhere',
    '/ws',
    '/health/live/',
    '/health//live',
    '/health/live/..',
    '/%68ealth/live',
    '/health/live%3f',
    '/HEALTH/LIVE',
    '/../',
    '//',
    '/assets/',
    '/index.html',
    '/auth',
  ])('%s needs one', (target) => {
    expect(knock('GET', target, withHost([]))).toBe('unauthorized');
  });
  it.each([
    ['GET', '/health/live', 'allow public'],
    ['GET', '/health/ready?x=1', 'allow public'],
    ['GET', '/', 'allow screen'],
    ['HEAD', '/health/live', 'unauthorized'],
    ['POST', '/', 'unauthorized'],
    ['DELETE', '/health/live', 'unauthorized'],
  ])('%s %s without one: %s', (verb, target, expected) => {
    expect(knock(verb, target, withHost([]))).toBe(expected);
  });
  it.each<[string, Headers, string]>([
    ['a bearer alone', bearer, 'allow socket'],
    [
      'a wrong bearer with a right cookie',
      [
        ['Authorization', 'Bearer wrong'],
        ['Origin', own],
        ['Cookie', 'roost_4711=signed-in'],
      ],
      'unauthorized',
    ],
    ['the cookie without Origin', [['Cookie', 'roost_4711=signed-in']], 'unauthorized'],
    [
      'a wrong cookie',
      [
        ['Origin', own],
        ['Cookie', 'roost_4711=x'],
      ],
      'unauthorized',
    ],
    [
      'the cookie of another port',
      [
        ['Origin', own],
        ['Cookie', 'roost_4712=signed-in'],
      ],
      'unauthorized',
    ],
    [
      'the cookie twice',
      [
        ['Origin', own],
        ['Cookie', 'roost_4711=x; roost_4711=signed-in'],
      ],
      'unauthorized',
    ],
    [
      'the cookie among others',
      [
        ['Origin', own],
        ['Cookie', 'a=b; roost_4711=signed-in; c=d'],
      ],
      'allow socket',
    ],
    ['nothing', [['Origin', own]], 'unauthorized'],
  ])('socket with %s: %s', (_name, headers, expected) => {
    expect(knock('GET', '/ws', withHost(headers), 'upgrade')).toBe(expected);
  });
  it('reads one cookie', () => {
    expect(cookieValue(['Cookie', 'a=1; b=2=3'], 'b')).toBe('2=3');
    expect(cookieValue(['Cookie', 'bb=1'], 'b')).toBeUndefined();
  });
});

describe('content type', () => {
  it.each<[string, Headers]>([
    ['none', []],
    ['text', [['Content-Type', 'text/plain']]],
    ['a form', [['Content-Type', 'application/x-www-form-urlencoded']]],
    ['multipart', [['Content-Type', 'multipart/form-data; boundary=x']]],
    ['a twin', [['Content-Type', 'application/json-patch+json']]],
    ['text that mentions it', [['Content-Type', 'text/plain; application/json']]],
    [
      'twice',
      [
        ['Content-Type', 'application/json'],
        ['Content-Type', 'text/plain'],
      ],
    ],
  ])('%s is refused on POST, also without a body', (_name, headers) => {
    expect(knock('POST', '/api/session/start', withHost([...bearer, ...headers]))).toBe('unsupported-media-type');
    expect(knock('DELETE', '/api/turns/x', withHost([...bearer, ...headers, ['Transfer-Encoding', 'chunked']]))).toBe('unsupported-media-type');
    expect(knock('POST', '/auth', withHost([['Origin', own], ...headers]))).toBe('unsupported-media-type');
  });
  it.each(['application/json', 'Application/JSON; charset=utf-8', ' application/json ;x=y'])('%j is fine', (type) => {
    expect(knock('POST', '/api/session/start', withHost([...bearer, ['Content-Type', type]]))).toBe('allow api');
  });
  it('does not matter without a body', () => {
    expect(knock('DELETE', '/api/turns/x', withHost(bearer))).toBe('allow api');
    expect(knock('GET', '/nowhere', withHost([...bearer, ['Content-Length', '0']]))).toBe('allow api');
  });
});

it('judges in one order: Host, Origin, token, content type', () => {
  const bad: Headers = [
    ['Origin', 'https://evil'],
    ['Content-Type', 'text/plain'],
  ];
  expect(knock('POST', '/x', withHost(bad, 'evil'))).toBe('forbidden');
  expect(knock('POST', '/x', withHost([['Content-Type', 'text/plain']]))).toBe('unauthorized');
  expect(knock('POST', '/x', withHost([...bearer, ['Content-Type', 'text/plain']]))).toBe('unsupported-media-type');
});
