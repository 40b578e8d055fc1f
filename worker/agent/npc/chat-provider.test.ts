import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLog } from '../../../core/base/log.js';
import { ManualClock } from '../../../core/base/manual-clock.js';
import { KeptOutput, turnOf } from '../test-turn.js';
import { askProvider, type ProviderSetup } from './chat-provider.js';
import { createNpcEngine } from './npc-engine.js';
import { eventData } from './sse-data.js';

const stream = (...parts: (string | Uint8Array)[]): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      for (const part of parts) controller.enqueue(typeof part === 'string' ? new TextEncoder().encode(part) : part);
      controller.close();
    },
  });
const all = async <T>(source: AsyncIterable<T>): Promise<T[]> => {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
};

describe('server-sent events', () => {
  test('come out whole, however the bytes are cut', async () => {
    const text = ': hello\r\n\r\nevent: x\r\ndata: one\r\n\r\ndata:two\ndata: lines\n\ndata: ü\r\rid: 5\n\ndata: last';
    const bytes = new TextEncoder().encode(text);
    for (let size = 1; size <= bytes.length; size++) {
      const parts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size));
      expect(await all(eventData(stream(...parts)))).toEqual(['one', 'two\nlines', 'ü', 'last']);
    }
  });

  test('are bounded, as a line and as a whole', async () => {
    await expect(all(eventData(stream(`data: ${'x'.repeat(300_000)}`)))).rejects.toThrow('256 KiB');
    await expect(all(eventData(stream(...Array.from({ length: 40 }, () => `data: ${'x'.repeat(10_000)}\n`))))).rejects.toThrow('256 KiB');
  });
});

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

const delta = (content: string, finish: string | null = null): string =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason: finish }] })}\n\n`;
const streaming = (response: ServerResponse): ServerResponse => response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });

/** A chat endpoint whose behaviour each test says. */
class ChatServer {
  readonly requests: { readonly url: string | undefined; readonly authorization: string | undefined; readonly body: string }[] = [];
  readonly #server: Server;

  constructor(handler: Handler) {
    this.#server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        this.requests.push({ url: request.url, authorization: request.headers.authorization, body });
        handler(request, response, body);
      });
    });
  }

  async start(name: string, more: Partial<ProviderSetup> = {}): Promise<ProviderSetup> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return { name, baseUrl: `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1/`, model: 'test-model', timeoutMs: 5_000, ...more };
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

describe('a provider', () => {
  const servers: ChatServer[] = [];
  let clock: ManualClock;
  const signal = new AbortController().signal;
  beforeEach(() => {
    clock = new ManualClock();
  });
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.stop();
  });

  const serve = async (handler: Handler, name = 'first', more: Partial<ProviderSetup> = {}): Promise<{ provider: ProviderSetup; server: ChatServer }> => {
    const server = new ChatServer(handler);
    servers.push(server);
    return { server, provider: await server.start(name, more) };
  };
  const ask = (provider: ProviderSetup): Promise<string[]> => all(askProvider(provider, [{ role: 'user', content: 'hi' }], { clock, signal }));
  const engine = (providers: readonly ProviderSetup[]) =>
    createNpcEngine({
      clock,
      log: silentLog,
      providers,
      tools: async () => async () => false,
      lookup: async () => async () => ({ answered: false, answer: { passages: [], terms: [], files: 0, notes: [] } }),
    });

  test('streams its answer; the request is what an OpenAI-compatible endpoint expects', async () => {
    const { provider, server } = await serve(
      (_request, response) => {
        streaming(response).write(`: ping\n\n${delta('Hel')}`);
        response.write(delta('lo'));
        response.end(`${delta('', 'stop')}data: {"choices":[],"usage":{}}\n\ndata: [DONE]\n\n`);
      },
      'first',
      { apiKey: 'key-1' },
    );
    expect(await ask(provider)).toEqual(['Hel', 'lo']);
    expect(server.requests[0]).toMatchObject({ url: '/v1/chat/completions', authorization: 'Bearer key-1' });
    expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual({
      model: 'test-model',
      stream: true,
      stream_options: { include_usage: true },
      messages: [{ role: 'user', content: 'hi' }],
    });
  });

  test('an answer in one JSON body is taken as well', async () => {
    const { provider } = await serve((_request, response) =>
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ choices: [{ message: { content: 'whole' }, finish_reason: 'stop' }] })),
    );
    expect(await ask(provider)).toEqual(['whole']);
  });

  test.each<readonly [string, Handler, string]>([
    ['429', (_q, r) => r.writeHead(429).end('slow down'), 'rate-limited'],
    ['500', (_q, r) => r.writeHead(500).end('boom'), 'refused'],
    ['a redirect', (_q, r) => r.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(), 'unreachable'],
    ['a connection that breaks at once', (q) => q.socket.destroy(), 'unreachable'],
    ['a chunk that is no JSON', (_q, r) => streaming(r).end('data: {"choices":\n\n'), 'malformed'],
    ['a chunk of another shape', (_q, r) => streaming(r).end('data: {"hello":1}\n\n'), 'malformed'],
    ['content that is no text', (_q, r) => streaming(r).end('data: {"choices":[{"delta":{"content":5}}]}\n\n'), 'malformed'],
    ['null', (_q, r) => streaming(r).end('data: null\n\n'), 'malformed'],
    ['a body that is no JSON', (_q, r) => r.writeHead(200, { 'content-type': 'text/html' }).end('<html>'), 'malformed'],
    ['an error inside the stream', (_q, r) => streaming(r).end('data: {"error":{"message":"overloaded"}}\n\n'), 'refused'],
    ['an empty answer', (_q, r) => streaming(r).end(`${delta('', 'stop')}data: [DONE]\n\n`), 'empty'],
    ['an end without a finish', (_q, r) => streaming(r).end(delta('half')), 'cut'],
  ])('%s is a %s error', async (_name, handler, kind) => {
    const { provider } = await serve(handler);
    await expect(ask(provider)).rejects.toMatchObject({ name: 'ProviderError', kind });
  });

  test('silence ends after the timeout, before the first piece and between two', async () => {
    const { provider } = await serve(() => undefined);
    const waiting = ask(provider).then(
      () => 'answered',
      (error: Error) => error.message,
    );
    await clock.advance(4_999);
    await clock.advance(1);
    expect(await waiting).toBe('gave no sign for 5 s');
    expect(clock.pendingTimers).toBe(0);
  });

  test('cancelling closes the connection and passes the reason on', async () => {
    let closed = (): void => undefined;
    const gone = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const { provider } = await serve((_request, response) => {
      response.on('close', () => closed());
      streaming(response).write(delta('Hel'));
    });
    const abort = new AbortController();
    const answer = askProvider(provider, [], { clock, signal: abort.signal });
    expect(await answer.next()).toEqual({ done: false, value: 'Hel' });
    abort.abort(new Error('changed my mind'));
    await expect(answer.next()).rejects.toThrow('changed my mind');
    await gone;
  });

  test('the next one is asked when one fails before its first word, and the answer names who gave it', async () => {
    const first = await serve((_q, r) => r.writeHead(503).end());
    const second = await serve((_q, r) => streaming(r).end(`${delta('fine', 'stop')}data: [DONE]\n\n`), 'second');
    const output = new KeptOutput();
    expect(await engine([first.provider, second.provider])(turnOf('hi'), output)).toMatchObject({ provider: 'second', stopReason: 'end_turn' });
    expect(output.said).toBe('fine');
    expect(output.steps).toEqual(['Ask first: failed, first answered with status 503', 'Ask second: second answered']);
  });

  test('an answer that breaks off is kept, marked, and not started over', async () => {
    const first = await serve((_q, r) => {
      streaming(r).write(delta('The answer is'));
      setTimeout(() => r.destroy(), 20);
    });
    const second = await serve((_q, r) => r.end());
    const output = new KeptOutput();
    expect(await engine([first.provider, second.provider])(turnOf('hi'), output)).toMatchObject({
      provider: 'first',
      incomplete: 'first broke off in the middle of its answer',
    });
    expect(output.said).toBe('The answer is\n\n(The answer ends here: first broke off in the middle of its answer.)');
    expect(second.server.requests).toEqual([]);
  });

  test('the limit of the model shows in the stop reason', async () => {
    const { provider } = await serve((_q, r) => streaming(r).end(`${delta('cut', 'length')}data: [DONE]\n\n`));
    expect(await engine([provider])(turnOf('hi'), new KeptOutput())).toMatchObject({ provider: 'first', stopReason: 'max_tokens' });
  });

  test('when all fail the built-in responder answers and says so', async () => {
    const { provider } = await serve((_q, r) => r.writeHead(429).end());
    const output = new KeptOutput();
    expect(await engine([provider, { ...provider, name: 'gone', baseUrl: 'http://127.0.0.1:1' }])(turnOf('hello'), output)).toEqual({
      provider: 'builtin',
      stopReason: 'end_turn',
    });
    expect(output.said).toMatch(
      /^\(No model answered: first is limiting the rate of requests \(429\); gone cannot be reached.*built-in responder\.\)\n\nHello\./,
    );
  });

  test('the newest part of the conversation goes along', async () => {
    const { provider, server } = await serve((_q, r) => streaming(r).end(`${delta('ok', 'stop')}data: [DONE]\n\n`));
    const history = [
      { user: 'x'.repeat(24_000), agent: 'too long ago' },
      { user: 'before', agent: 'answer' },
    ];
    await engine([provider])(turnOf('now', { history }), new KeptOutput());
    const { messages } = JSON.parse(server.requests[0]?.body ?? '') as { messages: { role: string; content: string }[] };
    expect(messages.slice(1).map((message) => message.content)).toEqual(['before', 'answer', 'now']);
  });
});
