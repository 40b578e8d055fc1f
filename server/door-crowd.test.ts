import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { call, openDoor, raw, testToken } from './door-fixture.js';

/** Connects, and asks as soon as the door's own thread stands still. */
const lateThread = `
const { connect } = require('node:net');
const { parentPort, workerData: { port, request, flags } } = require('node:worker_threads');
const socket = connect(port, '127.0.0.1', () => {
  parentPort.postMessage('first');
  Atomics.wait(flags, 0, 0);
  socket.write(request, () => {
    Atomics.store(flags, 1, 1);
    Atomics.notify(flags, 1);
  });
});
socket.on('error', (error) => parentPort.postMessage(error.code));
socket.on('data', (data) => parentPort.postMessage(String(data).split('\\r\\n')[0]));
`;

/** Asks once, and once more over the same connection as soon as the door's own thread stands still; tells both answers. */
const otherThread = `
const { connect } = require('node:net');
const { parentPort, workerData: { port, request, flags } } = require('node:worker_threads');
const socket = connect(port, '127.0.0.1', () => socket.write(request));
let answers = 0;
let end = 'nothing';
socket.on('error', (error) => (end = error.code));
socket.on('close', () => parentPort.postMessage({ answers, end }));
socket.on('data', () => {
  answers++;
  if (answers === 2) return socket.destroy();
  parentPort.postMessage('first');
  Atomics.wait(flags, 0, 0);
  socket.write(request, () => {
    Atomics.store(flags, 1, 1);
    Atomics.notify(flags, 1);
  });
});
`;

const requestOf = (port: number): string => `GET /api/health HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${testToken}\r\n\r\n`;

/** What the other thread tells that says something while this one stands still for so long. */
async function whileStill(program: string, data: { readonly port: number; readonly request: string }, stillMs: number): Promise<unknown> {
  const flags = new Int32Array(new SharedArrayBuffer(8));
  const client = new Worker(program, { eval: true, workerData: { ...data, flags } });
  try {
    return await new Promise((resolve, reject) => {
      client.on('error', reject);
      client.on('message', (message) => {
        if (message !== 'first') return resolve(message);
        // The connection is taken by then.
        setTimeout(() => {
          const until = performance.now() + stillMs;
          Atomics.store(flags, 0, 1);
          Atomics.notify(flags, 0);
          expect(Atomics.wait(flags, 1, 0, 10_000)).not.toBe('timed-out');
          while (performance.now() < until);
        }, 73);
      });
    });
  } finally {
    await client.terminate();
  }
}

describe('the door in a crowd', () => {
  it('answers what came over a connection while it stood still itself for longer than such a connection is kept', async () => {
    const open = await openDoor({ times: { keepAliveMs: 50, idleMs: 1 } });
    expect(await whileStill(otherThread, { port: open.port, request: requestOf(open.port) }, 1_500)).toEqual({ answers: 2, end: 'nothing' });
    await open.stop();
  });

  it('calls no request late that came while it stood still itself', async () => {
    const open = await openDoor({ times: { headersMs: 2_000, requestMs: 2_000, checkEveryMs: 1 } });
    expect(await whileStill(lateThread, { port: open.port, request: requestOf(open.port) }, 2_500)).toBe('HTTP/1.1 200 OK');
    await open.stop();
  });

  it('takes a connection on which nothing was said yet for no late request', async () => {
    const open = await openDoor({ times: { headersMs: 100, requestMs: 100, checkEveryMs: 20 } });
    const client = raw(open.port);
    await new Promise((resolve) => setTimeout(resolve, 500));
    client.socket.write(requestOf(open.port).replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
    expect(await client.closed).toMatch(/^HTTP\/1.1 200 /);
    const slow = raw(open.port, 'GET /api/he');
    expect(await slow.closed).toMatch(/^HTTP\/1.1 408 /);
    await open.stop();
  });

  it('does not run out of patience with an answer while it stands still itself', async () => {
    let answer: (health: never) => void = () => undefined;
    const open = await openDoor({ times: { answerMs: 1_500 }, overrides: { 'health.get': () => new Promise((resolve) => (answer = resolve)) } });
    const asked = call(open.port, 'GET', '/api/health');
    await expect.poll(() => open.core.calls.length, { timeout: 10_000 }).toBe(1);
    const until = performance.now() + 1_800;
    while (performance.now() < until);
    setTimeout(() => answer({ status: 'healthy' } as never), 20);
    expect((await asked).status).toBe(200);
    await open.stop();
  });

  it('cuts a connection that stays silent', async () => {
    const open = await openDoor({ times: { keepAliveMs: 50, idleMs: 100 } });
    const silent = raw(open.port, `GET /health/live HTTP/1.1\r\nHost: 127.0.0.1:${open.port}\r\n\r\n`);
    expect(await silent.closed).toMatch(/^HTTP\/1.1 200 /);
    await open.stop();
  });

  it('answers three hundred that ask at one moment', async () => {
    const open = await openDoor();
    const answers = await Promise.all(Array.from({ length: 300 }, () => call(open.port, 'GET', '/api/health')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    await open.stop();
  });

  it('tells those who find every seat taken by work when to come again', async () => {
    let release: () => void = () => undefined;
    const work = new Promise<void>((resolve) => (release = resolve));
    let begun = 0;
    const open = await openDoor({
      seats: { limit: 4, hardLimit: 6, standing: 2 },
      overrides: {
        'health.get': async () => {
          begun += 1;
          await work;
          return { status: 'healthy' } as never;
        },
      },
    });
    const working = Array.from({ length: 6 }, () => call(open.port, 'GET', '/api/health'));
    await expect.poll(() => begun, { timeout: 10_000 }).toBe(6);
    const late = await call(open.port, 'POST', '/api/session/start', { userId: 'ada' });
    expect([late.status, late.headers['retry-after'], late.headers['connection']]).toEqual([503, '1', 'close']);
    expect(late.json.error?.code).toBe('capacity');
    release();
    expect((await Promise.all(working)).map(({ status }) => status)).toEqual(Array(6).fill(200));
    await expect.poll(async () => (await call(open.port, 'GET', '/api/health')).status, { timeout: 10_000 }).toBe(200);
    // Refused means not done.
    expect(open.core.calls.filter(({ method }) => method === 'session.start')).toEqual([]);
    await open.stop();
  });
});
