import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../core/base/clock.js';
import { ask, awaitedLine, exitAnswer, httpAnswer, localPort, type ProbeTools, tcpTarget } from './probes.js';
import { freePort } from './test-services.js';
import { wordOf } from './words.js';

const tools: ProbeTools = { clock: systemClock, run: async ([program]) => (program === 'good' ? 0 : 1) };
const never = new AbortController().signal;

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** Answers with this status, or never. */
function serve(status: number | null): Promise<number> {
  const server = createServer((_request, response) => {
    if (status === null) return;
    response.writeHead(status, status === 302 ? { location: 'http://127.0.0.1:1/' } : {});
    // A body without an end must not hold the probe.
    response.write('x');
  });
  servers.push(server);
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));
}

describe('pure parts', () => {
  it.each([
    [8000, { host: '127.0.0.1', port: 8000 }],
    ['localhost:80', { host: 'localhost', port: 80 }],
    ['[::1]:443', { host: '::1', port: 443 }],
  ])('tcpTarget(%j)', (place, expected) => expect(tcpTarget(place)).toEqual(expected));

  it.each([
    [200, true],
    [204, true],
    [302, true],
    [400, false],
    [404, false],
    [503, false],
    [undefined, false],
  ])('HTTP %s is good: %s', (status, good) => expect(httpAnswer(status) === null).toBe(good));

  it.each([
    [0, null],
    [1, 'ended with exit code 1'],
    [null, 'was killed'],
  ])('exit code %s', (code, answer) => expect(exitAnswer(code)).toBe(answer));

  it.each([
    ['{"roost":"ready"}', true],
    ['{ "roost": "ready", "port": 1 }', true],
    ['{"roost":"stopping"}', false],
    ['roost ready', false],
    ['{"roost":', false],
    ['null', false],
    [`{"roost":"ready","x":"${'x'.repeat(2_000)}"}`, false],
  ])('says ready: %s', (text, said) => expect(wordOf(text)?.kind === 'ready').toBe(said));

  it('never takes a line of Roost itself for the awaited one', () => {
    const awaited = awaitedLine({ log: 'ready', timeout: 1 });
    expect(awaited?.({ stream: 'err', text: 'now ready.' })).toBe(true);
    expect(awaited?.({ stream: 'roost', text: 'now ready.' })).toBe(false);
    expect(awaitedLine({ message: true, timeout: 1 })?.({ stream: 'err', text: '{"roost":"ready"}' })).toBe(false);
    expect(awaitedLine({ tcp: 1, timeout: 1 })).toBeUndefined();
  });
});

describe('ask', () => {
  it.each([
    [200, null],
    [302, null],
    [500, 'answered 500'],
  ])('over HTTP %d', async (status, answer) => {
    const port = await serve(status);
    expect(await ask({ http: `http://127.0.0.1:${port}/x` }, tools, 2_000, never)).toBe(answer);
  });

  it('gives up on one that accepts and never answers', async () => {
    const port = await serve(null);
    expect(await ask({ http: `http://127.0.0.1:${port}/` }, tools, 100, never)).toBe('gave no answer within 100 ms');
  });

  it('over TCP: somebody listens, or nobody does', async () => {
    const port = await serve(200);
    expect(await ask({ tcp: port }, tools, 2_000, never)).toBeNull();
    expect(await ask({ tcp: `127.0.0.1:${await freePort()}` }, tools, 2_000, never)).toContain('ECONNREFUSED');
  });

  it('by command, and one that does not end is aborted', async () => {
    expect(await ask({ command: ['good'] }, tools, 2_000, never)).toBeNull();
    expect(await ask({ command: ['bad'] }, tools, 2_000, never)).toBe('ended with exit code 1');
    let aborted = false;
    const slow: ProbeTools = {
      clock: systemClock,
      run: (_argv, signal) => new Promise(() => signal.addEventListener('abort', () => (aborted = true))),
    };
    expect(await ask({ command: ['slow'] }, slow, 50, never)).toContain('no answer');
    expect(aborted).toBe(true);
  });

  it('ends at once when it is called off', async () => {
    const off = new AbortController();
    const answer = ask({ http: `http://127.0.0.1:${await serve(null)}/` }, tools, 10_000, off.signal);
    off.abort();
    expect(await answer).toBe('was not asked to the end');
  });
});

describe('where a service is expected to listen', () => {
  it.each([
    [{ ready: { http: 'http://127.0.0.1:8000/health' } }, 8000],
    [{ ready: { http: 'https://localhost/health' } }, 443],
    [{ ready: { tcp: 7000 } }, 7000],
    [{ alive: { tcp: 'localhost:7001' } }, 7001],
    [{ alive: { http: 'http://[::1]:9/' } }, 9],
    [{ ready: { command: ['x'] as [string] } }, null],
    [{ ready: { http: 'http://10.0.0.7:8000/' } }, null],
    [{ ready: { tcp: 'db.example:5432' } }, null],
    [{}, null],
  ])('%j is %s', (probes, port) => {
    expect(localPort(probes)).toBe(port);
  });
});
