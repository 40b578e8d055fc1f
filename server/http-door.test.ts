import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RoostError } from '../contract/errors.js';
import { roomy } from '../core/base/test-times.js';
import { fakeTurn } from '../supervisor/state/fake-state.js';
import { ask, asOwner, call, type OpenDoor, openDoor, raw, rawRequest, testToken } from './door-fixture.js';

let open: OpenDoor;
beforeAll(async () => {
  open = await openDoor({ screen: true });
});
afterAll(() => open.stop());
const host = (): string => `Host: 127.0.0.1:${open.port}`;
const reached = (): number => open.core.calls.length;

describe('A1: tokens', () => {
  it.each<[string, Record<string, string | string[]>]>([
    ['none', {}],
    ['empty', { authorization: '' }],
    ['Bearer alone', { authorization: 'Bearer' }],
    ['another scheme', { authorization: `Basic ${testToken}` }],
    ['the same length', { authorization: `Bearer ${'x'.repeat(testToken.length)}` }],
    ['another length', { authorization: 'Bearer x' }],
  ])('%s: 401', async (_name, headers) => {
    const before = reached();
    const answer = await ask(open.port, 'GET', '/api/health', { headers });
    expect(answer.status).toBe(401);
    expect(answer.json.error?.code).toBe('unauthorized');
    expect(answer.headers['www-authenticate']).toContain('Bearer');
    expect(reached()).toBe(before);
  });

  it('two headers, a token in the query and a token of 1 MB: 401', async () => {
    expect(
      await rawRequest(open.port, [
        'GET /api/health HTTP/1.1',
        host(),
        `Authorization: Bearer ${testToken}`,
        `Authorization: Bearer ${testToken}`,
        'Connection: close',
      ]),
    ).toMatch(/^HTTP\/1.1 401 /);
    expect((await ask(open.port, 'GET', `/api/health?token=${testToken}`)).status).toBe(401);
    expect(await rawRequest(open.port, ['GET /api/health HTTP/1.1', host(), `Authorization: Bearer ${'x'.repeat(1_000_000)}`])).toMatch(/^HTTP\/1.1 401 /);
  });

  it('the right one gets in and never into the log', async () => {
    expect((await call(open.port, 'GET', '/api/health')).json).toMatchObject({ success: true, status: 'healthy' });
    expect(open.logged.join('\n')).not.toContain(testToken);
  });

  it('health probes need none and tell nothing', async () => {
    expect((await ask(open.port, 'GET', '/health/live')).text).toBe('{"status":"live"}');
    expect((await ask(open.port, 'GET', '/health/ready')).text).toBe('{"status":"ready"}');
    open.core.isReady = false;
    const answer = await ask(open.port, 'GET', '/health/ready');
    open.core.isReady = true;
    expect([answer.status, answer.text]).toEqual([503, '{"status":"not-ready"}']);
  });
});

describe('A2: hosts', () => {
  it.each(['evil.example', 'localhost.evil', '127.0.0.1.nip.io', '0.0.0.0', '[::ffff:127.0.0.1]'])('%s: 403', async (name) => {
    const before = reached();
    expect(
      await rawRequest(open.port, ['GET /api/health HTTP/1.1', `Host: ${name}:${open.port}`, `Authorization: Bearer ${testToken}`, 'Connection: close']),
    ).toMatch(/^HTTP\/1.1 403 /);
    expect(reached()).toBe(before);
  });

  it.each<[string, () => string[], RegExp]>([
    ['no Host in 1.0', () => ['GET /api/health HTTP/1.0'], /^HTTP\/1.1 403 /],
    ['no Host in 1.1', () => ['GET /api/health HTTP/1.1'], /^HTTP\/1.1 400 /],
    ['an absolute target', () => [`GET http://127.0.0.1:${open.port}/api/health HTTP/1.1`, host()], /^HTTP\/1.1 400 /],
    ['two Hosts', () => ['GET /api/health HTTP/1.1', host(), 'Host: evil'], /^HTTP\/1.1 400 /],
    ['two equal Hosts', () => ['GET /api/health HTTP/1.1', host(), host()], /^HTTP\/1.1 400 /],
  ])('%s is refused', async (_name, lines, expected) => {
    const before = reached();
    expect(await rawRequest(open.port, [...lines(), `Authorization: Bearer ${testToken}`, 'Connection: close'])).toMatch(expected);
    expect(reached()).toBe(before);
  });

  it('localhost and [::1] are names of ours', async () => {
    for (const name of ['localhost', '[::1]'])
      expect((await ask(open.port, 'GET', '/api/health', { headers: { ...asOwner, host: `${name}:${open.port}` } })).status).toBe(200);
  });
});

describe('A3: pages', () => {
  it.each(['https://evil', 'null', 'http://localhost:1', 'file://'])('Origin %s: 403 without a CORS header', async (origin) => {
    for (const verb of ['GET', 'OPTIONS', 'POST']) {
      const answer = await ask(open.port, verb, '/api/health', { headers: { ...asOwner, origin, 'access-control-request-method': 'GET' } });
      expect(answer.status).toBe(403);
      expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });
  it.each(['cross-site', 'same-site'])('Sec-Fetch-Site %s: 403', async (site) => {
    expect((await ask(open.port, 'GET', '/api/health', { headers: { ...asOwner, 'sec-fetch-site': site } })).status).toBe(403);
  });
});

describe('A4: forms', () => {
  it.each(['text/plain', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencoded', ''])('POST as %j: 415', async (type) => {
    const before = reached();
    const answer = await ask(open.port, 'POST', '/api/session/start', {
      headers: { ...asOwner, ...(type === '' ? {} : { 'content-type': type }) },
      body: 'userId=x',
    });
    expect(answer.status).toBe(415);
    expect(reached()).toBe(before);
  });
  it.each([
    '/api/session/start',
    '/api/session/stop',
    '/api/pool/resize',
    '/api/turns/t-1/feedback',
    '/api/processes/redis/restart',
    '/api/session/s-1/turns',
    '/api/ticket',
    '/api/token',
    '/auth',
  ])('GET %s: 405 and what is allowed', async (path) => {
    const before = reached();
    const answer = await call(open.port, 'GET', path);
    expect([answer.status, answer.headers.allow, answer.json.error?.code]).toEqual([405, 'POST', 'method-not-allowed']);
    expect(reached()).toBe(before);
  });
  it('the other verbs too', async () => {
    expect((await call(open.port, 'PUT', '/api/health', {})).status).toBe(405);
    expect((await call(open.port, 'DELETE', '/metrics')).status).toBe(405);
    expect((await call(open.port, 'PATCH', '/api/turns/t-1', '{broken')).status).toBe(405);
  });
});

describe('A7: bodies', () => {
  const deep = `${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}`;
  it.each<[string, string, number, string]>([
    ['invalid JSON', '{"userId":', 400, 'the body must be valid JSON, got text that does not parse'],
    ['nothing', '', 400, 'the body must be a JSON object, got nothing'],
    ['null', 'null', 400, 'the body must be a JSON object, got null'],
    ['a list', '[]', 400, 'the body must be a JSON object, got an empty list'],
    ['a string', '"x"', 400, 'the body must be a JSON object, got "x"'],
    ['a number', '7', 400, 'the body must be a JSON object, got 7'],
    ['5 MB', `{"userId":"${'x'.repeat(5 * 1024 * 1024)}"}`, 413, 'the body must be at most 262144 bytes'],
    ['depth', deep.slice(0, 200_000), 400, 'the body must not be nested deeper than 64 levels'],
    ['a prototype', '{"userId":"u","__proto__":{"polluted":true}}', 400, 'the body must not hold a field named __proto__'],
    ['a constructor', '{"userId":"u","constructor":{"prototype":{"polluted":true}}}', 400, 'the body must not hold a field named constructor'],
    ['NaN', '{"userId":NaN}', 400, 'the body must be valid JSON, got text that does not parse'],
    ['an empty key', '{"userId":"u","":1}', 400, '"" is not a known field; wanted: userId, template, tier'],
    ['a field twice', '{"userId":"u","userId":"v"}', 400, 'the body must give each field once, got "userId" twice'],
    ['half a surrogate pair', '{"userId":"\\ud800"}', 400, 'userId must be 1 to 128 of A-Z a-z 0-9 . _ @ + - and not only dots, got "\\ud800"'],
    ['null in a field', '{"userId":null}', 400, 'userId must be a string, got null'],
  ])('%s: %s', async (_name, body, status, message) => {
    const before = reached();
    const answer = await call(open.port, 'POST', '/api/session/start', body);
    expect([answer.status, answer.json.error?.message]).toEqual([status, message]);
    expect(answer.json['success']).toBe(false);
    expect(reached()).toBe(before);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
  it.each(['1e400', '9007199254740993', '-1', '1.5', '"5"', 'null', '101'])('a pool of %s: 400 naming the field', async (size) => {
    const answer = await call(open.port, 'POST', '/api/pool/resize', `{"size":${size}}`);
    expect([answer.status, answer.json.error?.field]).toEqual([400, 'size']);
  });
  it('bytes that are no UTF-8: 400', async () => {
    const answer = await ask(open.port, 'POST', '/api/session/start', {
      headers: { ...asOwner, 'content-type': 'application/json' },
      body: Buffer.from([0x22, 0xff, 0xfe, 0x22]),
    });
    expect([answer.status, answer.json.error?.message]).toEqual([400, 'the body must be UTF-8 text']);
  });
});

describe('A8: paths', () => {
  it.each([
    '/api/session/..%2f..%2fetc',
    '/api/session/%00',
    '/api/session/a%2fb',
    '/api/session/a:b',
    '/api/session/a*',
    '/api/session/a%22',
    '/api/session/a%3Fb',
    '/api/session/%3Cb%3E',
    '/api/session/a%7Cb',
    `/api/session/${'x'.repeat(5_000)}`,
    '/api/session/%E2%80%A4%E2%80%A4',
    '/api/session/%zz',
    '/api//session/s-1',
    '//api/health',
    '/api/processes/..%2f/logs',
    '/api/turns/%2e%2e/events',
    '/assets/..%2fsecret.txt',
    '/assets/../secret.txt',
    '/secret.txt',
    '/index.html%00',
    '/assets/',
    '/nowhere',
  ])('%s: 400 or 404', async (path) => {
    const before = reached();
    const answer = await call(open.port, 'GET', path);
    expect([400, 404]).toContain(answer.status);
    expect(answer.json['success']).toBe(false);
    expect(reached()).toBe(before);
  });
  it('unknown ids are 404 by the core', async () => {
    expect((await call(open.port, 'GET', '/api/session/nobody')).json.error).toEqual({ code: 'not-found', message: 'there is no session nobody' });
    expect((await call(open.port, 'GET', '/api/turns/nothing')).status).toBe(404);
    expect((await call(open.port, 'GET', '/api/turns/nothing/events')).status).toBe(404);
    expect((await call(open.port, 'POST', '/api/processes/nobody/restart', {})).status).toBe(404);
  });
});

describe('A16: what errors tell', () => {
  it('nothing of the inside', async () => {
    const failing = await openDoor({
      overrides: {
        'health.get': async () => {
          throw new Error(`boom /root/secret ${testToken}`);
        },
        'pool.get': async () => {
          throw new RoostError('rate-limited', 'slow down', { retryAfterMs: 1_500 });
        },
      },
    });
    try {
      const answer = await call(failing.port, 'GET', '/api/health');
      expect([answer.status, answer.json.error?.code]).toEqual([500, 'internal']);
      expect(answer.text).not.toMatch(/boom|secret|canary|at /);
      const limited = await call(failing.port, 'GET', '/api/pool');
      expect([limited.status, limited.headers['retry-after']]).toEqual([429, '2']);
    } finally {
      await failing.stop();
    }
  });
});

describe('answers', () => {
  it.each<[string, string, unknown, number, object]>([
    ['POST', '/api/session/start', { userId: 'ada' }, 200, { success: true, sessionId: 's-1', status: 'ready', prewarmed: true }],
    ['GET', '/api/session/s-1', undefined, 200, { session: { id: 's-1', agentPid: 4_242 } }],
    ['POST', '/api/session/stop', { sessionId: 's-1' }, 200, { success: true }],
    ['GET', '/api/sessions?page=2&pageSize=10&status=ready', undefined, 200, { page: 2, pageSize: 10, total: 1 }],
    ['GET', '/api/session/s-1/logs?lines=5', undefined, 200, { lines: ['warm'] }],
    ['POST', '/api/pool/resize', { size: 5 }, 200, { success: true, target: 5 }],
    ['GET', '/api/pool', undefined, 200, { success: true, target: 3, ready: 3 }],
    ['POST', '/api/session/s-1/turns', { text: 'hi', intent: 'ask' }, 202, { turnId: 't-1', status: 'queued', position: 0 }],
    ['GET', '/api/turns/t-1', undefined, 200, { turn: { id: 't-1', status: 'queued' } }],
    ['DELETE', '/api/turns/t-1', undefined, 200, { success: true, status: 'cancelled' }],
    ['POST', '/api/turns/t-1/feedback', { rating: 5 }, 200, { recorded: true, reward: 1 }],
    ['GET', '/api/processes', undefined, 200, { processes: [{ name: 'redis' }] }],
    ['POST', '/api/processes/redis/restart', {}, 202, { accepted: true }],
    ['POST', '/api/processes/redis/start', '', 202, { accepted: true }],
    ['POST', '/api/processes/redis/stop', {}, 202, { accepted: true }],
    ['GET', '/api/processes/redis/logs?lines=9&afterSeq=3&waitMs=0', undefined, 200, { lines: [{ text: 'asked for 9' }] }],
    ['GET', '/api/queues', undefined, 200, { success: true, queues: { turns: { waiting: 2 } } }],
    ['GET', '/api/coordinator', undefined, 200, { phase: 'warmup_early' }],
    ['GET', '/api/health', undefined, 200, { required: { redis: true } }],
    ['POST', '/api/token', { room: 'r', identity: 'i' }, 501, { error: { code: 'livekit-not-configured' } }],
  ])('%s %s', async (verb, path, body, status, expected) => {
    const answer = await call(open.port, verb, path, body);
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject(expected);
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('the path decides whose turn it is', async () => {
    await call(open.port, 'POST', '/api/session/s-1/turns', { text: 'hi' });
    expect(open.core.calls.at(-1)).toMatchObject({ method: 'turn.create', params: { sessionId: 's-1', text: 'hi' } });
    const answer = await call(open.port, 'POST', '/api/session/s-1/turns', { text: 'hi', sessionId: 's-2' });
    expect([answer.status, answer.json.error?.field]).toEqual([400, 'sessionId']);
  });

  it.each([
    ['/api/session/s-1/logs?lines=abc', 'lines', 'lines must be a number, got "abc"'],
    ['/api/session/s-1/logs?lines=0', 'lines', 'lines must be at least 1, got 0'],
    ['/api/session/s-1/logs?lines=1&lines=2', 'lines', 'lines must be a number, got a list of 2'],
    ['/api/sessions?page=1e9', 'page', 'page must be a number, got "1e9"'],
    ['/api/sessions?colour=red', 'colour', '"colour" is not a known field; wanted: page, pageSize, status'],
    ['/api/health?x=1', 'x', '"x" is not a known field'],
  ])('GET %s: 400', async (path, field, message) => {
    expect((await call(open.port, 'GET', path)).json.error).toMatchObject({ code: 'bad-request', field, message });
  });

  it('a query where a body is wanted: 400', async () => {
    const before = reached();
    const answer = await call(open.port, 'POST', '/api/pool/resize?size=5', { size: 5 });
    expect([answer.status, answer.json.error?.field]).toEqual([400, 'size']);
    expect((await call(open.port, 'DELETE', '/api/turns/t-1?force=1')).status).toBe(400);
    expect(reached()).toBe(before);
  });

  it('a session that has to wait is 202', async () => {
    const waiting = await openDoor({
      overrides: {
        'session.start': async () => ({
          sessionId: 's-2',
          status: 'waiting',
          message: 'third in line',
          prewarmed: false,
          taskId: 's-2',
          estimatedWaitMs: 45_000,
          position: 3,
        }),
      },
    });
    expect(await call(waiting.port, 'POST', '/api/session/start', { userId: 'bob' })).toMatchObject({
      status: 202,
      json: { success: true, status: 'waiting', position: 3 },
    });
    await waiting.stop();
  });

  it('metrics and the description', async () => {
    const metrics = await call(open.port, 'GET', '/metrics');
    expect(metrics.headers['content-type']).toContain('text/plain');
    expect(metrics.text).toContain('roost_process_up');
    const description = (await call(open.port, 'GET', '/openapi.json')).json as {
      openapi: string;
      paths: Record<string, Record<string, { requestBody?: unknown; parameters?: { name: string }[] }>>;
    };
    expect(description.openapi).toBe('3.1.0');
    expect(Object.keys(description.paths)).toEqual(
      expect.arrayContaining(['/api/session/start', '/api/turns/{id}/events', '/health/live', '/metrics', '/api/processes/{name}/restart']),
    );
    expect(JSON.stringify(description.paths['/api/session/start']?.['post']?.requestBody)).toContain('"required":["userId"]');
    expect(description.paths['/api/session/{id}/logs']?.['get']?.parameters?.map((parameter) => parameter.name)).toEqual(['id', 'lines']);
  });

  it('a call that hangs ends with 504 and is aborted', async () => {
    const hanging = await openDoor({ overrides: { 'health.get': () => new Promise(() => undefined) }, times: { answerMs: 100 } });
    const answer = await call(hanging.port, 'GET', '/api/health');
    expect([answer.status, answer.json.error?.code]).toEqual([504, 'timeout']);
    expect(hanging.core.calls[0]?.signal.aborted).toBe(true);
    await hanging.stop();
  });

  it('a client that leaves aborts its call', async () => {
    let aborted: (() => void) | undefined;
    const seen = new Promise<void>((resolve) => {
      aborted = resolve;
    });
    let started: (() => void) | undefined;
    const running = new Promise<void>((resolve) => {
      started = resolve;
    });
    const waiting = await openDoor({
      overrides: {
        'health.get': (_params, signal) =>
          new Promise((_, reject) => {
            signal.addEventListener('abort', () => {
              aborted?.();
              reject(signal.reason);
            });
            started?.();
          }),
      },
    });
    const connection = raw(waiting.port, `GET /api/health HTTP/1.1\r\nHost: 127.0.0.1:${waiting.port}\r\nAuthorization: Bearer ${testToken}\r\n\r\n`);
    await running;
    connection.socket.destroy();
    await seen;
    await waiting.stop();
  });
});

describe('A9: slow and idle peers', () => {
  const times = { headersMs: 300, requestMs: 600, keepAliveMs: 300, idleMs: 300, checkEveryMs: 50 };

  it('cuts slow headers, slow bodies and silence, and serves others meanwhile', async () => {
    const quick = await openDoor({ times });
    const start = performance.now();
    const headers = raw(quick.port, 'GET /api/health HTTP/1.1\r\nHo');
    const body = raw(
      quick.port,
      `POST /api/session/start HTTP/1.1\r\nHost: 127.0.0.1:${quick.port}\r\nAuthorization: Bearer ${testToken}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"us`,
    );
    const silent = raw(quick.port);
    expect((await call(quick.port, 'GET', '/api/health')).status).toBe(200);
    expect(await headers.closed).toMatch(/^HTTP\/1.1 408 /);
    expect(await body.closed).toMatch(/^HTTP\/1.1 408 |^$/);
    await silent.closed;
    // The server's own defaults are a minute and more.
    expect(performance.now() - start).toBeLessThan(20_000);
    expect(quick.core.calls.map((entry) => entry.method)).toEqual(['health.get']);
    await quick.stop();
  });

  it('500 idle sockets do not lock anybody out', async () => {
    const idle = await openDoor();
    const flood = Array.from({ length: 500 }, () => raw(idle.port));
    for (let round = 0; round < 20; round++) expect((await call(idle.port, 'GET', '/api/health')).status).toBe(200);
    for (const connection of flood) connection.socket.destroy();
    await idle.stop();
  });

  it('answers a client that closed its half', async () => {
    const connection = raw(open.port);
    connection.socket.end(`GET /health/live HTTP/1.1\r\n${host()}\r\nConnection: close\r\n\r\n`);
    expect(await connection.closed).toMatch(/^HTTP\/1.1 200 /);
    expect(await rawRequest(open.port, ['complete nonsense'])).toMatch(/^HTTP\/1.1 400 /);
  });
});

describe('the screen', () => {
  it('is served with its policy and nothing else of the folder', async () => {
    const page = await ask(open.port, 'GET', '/');
    expect(page.status).toBe(200);
    expect(page.headers['content-type']).toContain('text/html');
    expect(page.headers['content-security-policy']).toContain(`connect-src 'self' ws://127.0.0.1:${open.port};`);
    expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self';/);
    expect(page.headers['referrer-policy']).toBe('no-referrer');
    const script = await ask(open.port, 'GET', '/assets/app-1a2b3c4d.js');
    expect([script.status, script.headers['cache-control']]).toEqual([200, 'private, max-age=31536000, immutable']);
    expect((await ask(open.port, 'GET', '/secret.txt')).status).toBe(401);
    expect((await call(open.port, 'GET', '/secret.txt')).status).toBe(404);
  });
});

describe('events of a turn', () => {
  it('reach a hundred people at the same time, with room for a call of each', async () => {
    const streaming = await openDoor({ overrides: { 'turn.get': async () => ({ turn: fakeTurn({ status: 'running', text: 'fo' }) }) } });
    const request = `GET /api/turns/t-1/events HTTP/1.1\r\nHost: 127.0.0.1:${streaming.port}\r\nAuthorization: Bearer ${testToken}\r\nConnection: close\r\n\r\n`;
    const people = Array.from({ length: 100 }, () => raw(streaming.port, request));
    await Promise.all(people.map(({ socket }) => new Promise<void>((resolve) => socket.once('data', () => resolve()).once('close', () => resolve()))));
    const answers = await Promise.all(people.map(() => call(streaming.port, 'GET', '/api/health')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    streaming.core.turns.emit(fakeTurn({ status: 'done', text: 'four.' }));
    const texts = await Promise.all(people.map(({ closed }) => closed));
    expect(texts.filter((text) => text.includes('"status":"done"'))).toHaveLength(100);
    await streaming.stop();
  });

  it('tell what changed and end with the turn', async () => {
    const streaming = await openDoor({ overrides: { 'turn.get': async () => ({ turn: fakeTurn({ status: 'running', text: 'fo' }) }) } });
    const connection = raw(
      streaming.port,
      `GET /api/turns/t-1/events HTTP/1.1\r\nHost: 127.0.0.1:${streaming.port}\r\nAuthorization: Bearer ${testToken}\r\nConnection: close\r\n\r\n`,
    );
    await new Promise<void>((resolve) => connection.socket.once('data', () => resolve()));
    streaming.core.turns.emit(fakeTurn({ id: 'other', status: 'done' }));
    streaming.core.turns.emit(fakeTurn({ status: 'running', text: 'four', progress: 'adding' }));
    streaming.core.turns.emit(fakeTurn({ status: 'done', text: 'four.', arm: 'tools' }));
    streaming.core.turns.emit(fakeTurn({ status: 'running', text: 'late' }));
    const text = await connection.closed;
    expect(text).toContain('text/event-stream');
    const events = [...text.matchAll(/event: (\w+)\r?\n(?:[0-9a-f]+\r\n)?data: (.*)/g)].map(
      ([, event, data]) => [event, JSON.parse(data ?? '') as Record<string, unknown>] as const,
    );
    expect(events.map(([event, data]) => [event, data['text'] ?? data['progress'] ?? data['status']])).toEqual([
      ['state', 'running'],
      ['text', 'fo'],
      ['progress', 'adding'],
      ['text', 'ur'],
      ['text', '.'],
      ['state', 'done'],
    ]);
    expect(streaming.core.turns.size).toBe(0);
    await streaming.stop();
  });

  it('leave nothing behind when the reader goes', async () => {
    const connection = raw(open.port, `GET /api/turns/t-1/events HTTP/1.1\r\n${host()}\r\nAuthorization: Bearer ${testToken}\r\n\r\n`);
    await new Promise<void>((resolve) => connection.socket.once('data', () => resolve()));
    expect(open.core.turns.size).toBe(1);
    connection.socket.destroy();
    const end = performance.now() + 20_000;
    while (open.core.turns.size > 0 && performance.now() < end) await new Promise((resolve) => setImmediate(resolve));
    expect(open.core.turns.size).toBe(0);
  });
});

describe('opening and closing', () => {
  it('tells the core, and stops within its budget although a stream is open', async () => {
    const closing = await openDoor();
    const connection = raw(closing.port, `GET /api/turns/t-1/events HTTP/1.1\r\nHost: 127.0.0.1:${closing.port}\r\nAuthorization: Bearer ${testToken}\r\n\r\n`);
    await new Promise<void>((resolve) => connection.socket.once('data', () => resolve()));
    const start = performance.now();
    await closing.stop();
    await connection.closed;
    expect(performance.now() - start).toBeLessThan(roomy(2_000));
    expect(closing.core.log).toEqual(['api open', 'api closed']);
    await expect(call(closing.port, 'GET', '/health/live')).rejects.toThrow();
  });
});
