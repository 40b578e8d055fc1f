import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { protocolVersion } from '../contract/frames.js';
import { ask, asOwner, call, type OpenDoor, openDoor, raw, testToken } from './door-fixture.js';

let open: OpenDoor;
beforeAll(async () => {
  open = await openDoor();
});
afterAll(() => open.stop());

interface Outcome {
  readonly status: number;
  readonly socket: WebSocket;
}

function knock(headers: Record<string, string>, path = '/ws', door = open): Promise<Outcome> {
  const socket = new WebSocket(`ws://127.0.0.1:${door.port}${path}`, { headers, perMessageDeflate: false });
  return new Promise((resolve) => {
    socket.on('error', () => undefined);
    socket.on('open', () => resolve({ status: 101, socket }));
    socket.on('unexpected-response', (_request, response) => {
      socket.terminate();
      resolve({ status: response.statusCode ?? 0, socket });
    });
  });
}

const jsonFromPage = (door = open): Record<string, string> => ({ 'content-type': 'application/json', origin: door.origin });

async function signedIn(door = open): Promise<string> {
  const { ticket } = (await call(door.port, 'POST', '/api/ticket', {})).json as unknown as { ticket: string };
  const answer = await ask(door.port, 'POST', '/auth', { headers: jsonFromPage(door), body: JSON.stringify({ ticket }) });
  expect(answer.status).toBe(200);
  return (answer.headers['set-cookie']?.[0] ?? '').split(';')[0] ?? '';
}

async function hello(socket: WebSocket): Promise<Record<string, unknown>> {
  const message = once(socket, 'message');
  socket.send(JSON.stringify({ type: 'hello', protocol: protocolVersion }));
  const [data] = (await message) as [Buffer];
  return JSON.parse(data.toString()) as Record<string, unknown>;
}

describe('signing in', () => {
  it('a ticket works once and gives a strict cookie that is not the token', async () => {
    const { ticket, url, expiresInMs } = (await call(open.port, 'POST', '/api/ticket', {})).json as unknown as {
      ticket: string;
      url: string;
      expiresInMs: number;
    };
    expect(url).toBe(`${open.origin}/#ticket=${ticket}`);
    expect(expiresInMs).toBe(300_000);
    const exchange = (): ReturnType<typeof ask> => ask(open.port, 'POST', '/auth', { headers: jsonFromPage(), body: JSON.stringify({ ticket }) });
    const first = await exchange();
    expect(first.headers['set-cookie']?.[0]).toMatch(new RegExp(`^roost_${open.port}=[\\w-]{43}; Path=/; HttpOnly; SameSite=Strict$`));
    expect(first.headers['set-cookie']?.[0]).not.toContain(testToken);
    expect((await exchange()).status).toBe(401);
  });

  it('the token of the run works too, a wrong one does not', async () => {
    expect((await ask(open.port, 'POST', '/auth', { headers: jsonFromPage(), body: JSON.stringify({ token: testToken }) })).status).toBe(200);
    expect((await ask(open.port, 'POST', '/auth', { headers: jsonFromPage(), body: JSON.stringify({ token: 'x' }) })).status).toBe(401);
    expect((await ask(open.port, 'POST', '/auth', { headers: jsonFromPage(), body: '{}' })).json.error?.field).toBe('ticket');
    expect((await ask(open.port, 'POST', '/auth', { headers: jsonFromPage(), body: '{"ticket":7}' })).json.error?.message).toBe(
      'ticket must be a string, got 7',
    );
  });

  it('the cookie opens the channel and nothing else', async () => {
    const cookie = await signedIn();
    const { status, socket } = await knock({ cookie, origin: open.origin });
    expect(status).toBe(101);
    expect(await hello(socket)).toMatchObject({ type: 'welcome', seq: 0 });
    socket.terminate();
    expect((await ask(open.port, 'GET', '/api/health', { headers: { cookie } })).status).toBe(401);
  });
});

describe('A5: upgrades', () => {
  it.each<[string, Record<string, string>, number]>([
    ['a foreign Origin', { origin: 'https://evil', authorization: `Bearer ${testToken}` }, 403],
    ['Origin null', { origin: 'null', authorization: `Bearer ${testToken}` }, 403],
    ['a cross-site page', { 'sec-fetch-site': 'cross-site', authorization: `Bearer ${testToken}` }, 403],
    ['no token', {}, 401],
    ['a foreign Host', { host: 'evil.example', authorization: `Bearer ${testToken}` }, 403],
  ])('%s is refused before the upgrade', async (_name, headers, status) => {
    const before = open.core.calls.length;
    expect((await knock(headers)).status).toBe(status);
    expect(open.core.calls).toHaveLength(before);
  });

  it('a token in the URL is none, and other paths do not upgrade', async () => {
    expect((await knock({}, `/ws?token=${testToken}`)).status).toBe(401);
    expect((await knock({ ...asOwner }, '/api/health')).status).toBe(404);
    expect((await ask(open.port, 'GET', '/ws', { headers: asOwner })).status).toBe(400);
  });

  it('20 wrong tries are slowed down, the owner still gets in', async () => {
    const noisy = await openDoor();
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 20; attempt++) statuses.push((await knock({ authorization: 'Bearer wrong' }, '/ws', noisy)).status);
    expect(statuses.slice(0, 5)).toEqual([401, 401, 401, 401, 401]);
    expect(new Set(statuses.slice(5))).toEqual(new Set([429]));
    const owner = await knock({ ...asOwner }, '/ws', noisy);
    expect(owner.status).toBe(101);
    owner.socket.terminate();
    expect((await call(noisy.port, 'GET', '/api/health')).status).toBe(200);
    await noisy.stop();
  });

  it('32 screens and no more', async () => {
    const full = await openDoor();
    const clients = await Promise.all(Array.from({ length: 32 }, () => knock({ ...asOwner }, '/ws', full)));
    expect(clients.every((client) => client.status === 101)).toBe(true);
    expect((await knock({ ...asOwner }, '/ws', full)).status).toBe(503);
    expect((await call(full.port, 'GET', '/api/health')).status).toBe(200);
    const gone = once(clients[0]?.socket ?? fail(), 'close');
    clients[0]?.socket.terminate();
    await gone;
    const deadline = performance.now() + 20_000;
    let again = await knock({ ...asOwner }, '/ws', full);
    while (again.status !== 101 && performance.now() < deadline) again = await knock({ ...asOwner }, '/ws', full);
    expect(again.status).toBe(101);
    for (const client of [...clients, again]) client.socket.terminate();
    await full.stop();
  });
});

const fail = (): never => {
  throw new Error('there should be a client');
};

describe('A6: frames', () => {
  const closeCode = async (act: (socket: WebSocket) => void): Promise<number> => {
    const { socket } = await knock({ ...asOwner });
    const closed = once(socket, 'close') as Promise<[number]>;
    act(socket);
    return (await closed)[0];
  };
  /** Bytes on the wire below the library, which would not send them. */
  const rawBytes = (socket: WebSocket, bytes: Buffer): void => {
    const inner = (socket as unknown as { _socket: { write(data: Buffer): void } })._socket;
    inner.write(bytes);
  };

  it.each<[string, number[], (socket: WebSocket) => void]>([
    ['2 MB', [1009], (socket) => socket.send('x'.repeat(2 * 1024 * 1024))],
    ['binary', [1003], (socket) => socket.send(Buffer.from([1, 2, 3]))],
    [
      '10 000 tiny frames',
      [1008],
      (socket) => {
        for (let index = 0; index < 10_000; index++) socket.send('{"type":"cancel","id":1}');
      },
    ],
    ['no JSON', [1008], (socket) => socket.send('hello?')],
    ['deep JSON', [1008], (socket) => socket.send('['.repeat(30_000))],
    ['another protocol', [1002], (socket) => socket.send('{"type":"hello","protocol":9}')],
    ['invalid UTF-8', [1007], (socket) => socket.send(Buffer.from([0xff, 0xfe]), { binary: false })],
    ['an unmasked frame', [1002], (socket) => rawBytes(socket, Buffer.from([0x81, 0x02, 0x68, 0x69]))],
    [
      'a flood of fragments',
      [1008],
      (socket) => {
        for (let index = 0; index < 2_000; index++) socket.send('x', { fin: false });
      },
    ],
    [
      'a flood of pings',
      [1008, 1006],
      (socket) => {
        for (let index = 0; index < 2_000; index++) socket.ping('x');
      },
    ],
  ])('%s: closed', async (_name, codes, act) => {
    expect(codes).toContain(await closeCode(act));
    expect((await call(open.port, 'GET', '/api/health')).status).toBe(200);
  });

  it('never compresses, whatever the client offers', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${open.port}/ws`, { headers: asOwner, perMessageDeflate: true });
    await once(socket, 'open');
    expect(socket.extensions).toBe('');
    socket.terminate();
  });

  it('calls and state work over it', async () => {
    const { socket } = await knock({ ...asOwner });
    await hello(socket);
    const message = once(socket, 'message');
    socket.send(JSON.stringify({ type: 'call', id: 1, method: 'pool.resize', params: { size: 4 } }));
    const [data] = (await message) as [Buffer];
    expect(JSON.parse(data.toString())).toEqual({ type: 'result', id: 1, value: { target: 4 } });
    socket.terminate();
  });

  it('a closing door says goodbye', async () => {
    const closing = await openDoor();
    const { socket } = await knock({ ...asOwner }, '/ws', closing);
    const closed = once(socket, 'close') as Promise<[number]>;
    await closing.stop();
    expect((await closed)[0]).toBe(1001);
  });

  it('a reader that never reads is cut and others go on', async () => {
    const door = await openDoor();
    const key = 'dGhlIHNhbXBsZSBub25jZQ==';
    const connection = raw(
      door.port,
      `GET /ws HTTP/1.1\r\nHost: 127.0.0.1:${door.port}\r\nAuthorization: Bearer ${testToken}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
    );
    await once(connection.socket, 'data');
    const text = Buffer.from(JSON.stringify({ type: 'hello', protocol: protocolVersion }));
    connection.socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), text]));
    await once(connection.socket, 'data');
    connection.socket.pause();
    const big = 'x'.repeat(200_000);
    const gone = once(connection.socket, 'close');
    for (let round = 0; round < 200; round++) {
      door.core.state.addSample({
        atMs: round,
        queues: { [big]: { waiting: 0, active: 0 } },
        pool: { ready: 0, target: 0, starting: 0, assigned: 0 },
        turnsDone: 0,
        turnsFailed: 0,
        turnP50Ms: null,
        rssBytes: null,
      });
      if (round % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await call(door.port, 'GET', '/api/health')).status).toBe(200);
    connection.socket.resume();
    await gone;
    await door.stop();
  });
});
