import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How an endpoint misbehaves next; `good` answers with the question's last word. */
export type Manner = 'good' | 'slow' | 'limited' | 'broken' | 'cut' | 'malformed' | 'html' | 'huge-line' | 'strict' | 'empty' | 'whole';

const event = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;
const delta = (content: string, finish: string | null = null): string => event({ choices: [{ index: 0, delta: { content }, finish_reason: finish }] });

/** An OpenAI-compatible chat endpoint on loopback whose manners a test sets, one for each of its models. */
export class ChatEndpoint {
  readonly #server: Server;
  readonly manners = new Map<string, Manner>();
  /** Models asked, in order, and the keys they were asked with. */
  readonly asked: string[] = [];
  readonly keys = new Set<string>();

  constructor() {
    this.#server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request.setEncoding('utf8')) body += chunk;
      const { model, messages, stream_options: options } = JSON.parse(body) as { model: string; messages: { content: string }[]; stream_options?: unknown };
      this.asked.push(model);
      this.keys.add(request.headers.authorization ?? '');
      const manner = this.manners.get(model) ?? 'good';
      if (manner === 'strict' && options !== undefined) return void response.writeHead(400).end('{"error":{"message":"unknown field stream_options"}}');
      behave(manner, response, `${model} says ${messages.at(-1)?.content.split(' ').at(-1)}`);
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

function behave(manner: Manner, response: ServerResponse, text: string): void {
  const stream = (): ServerResponse => response.writeHead(200, { 'content-type': 'text/event-stream' });
  switch (manner) {
    case 'slow':
      return; // Never a byte.
    case 'limited':
      return void response.writeHead(429, { 'retry-after': '300' }).end('{}');
    case 'broken':
      return void response.writeHead(500).end('<html>stack trace of the canary-key</html>');
    case 'cut':
      stream().write(delta('half an answer '));
      return void setTimeout(() => response.destroy(), 50);
    case 'malformed':
      return void stream().end('data: {"choices": [{"delta": {"con\n\n');
    case 'html':
      return void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Sign in to the hotel network</h1>');
    case 'huge-line':
      return void stream().end(`data: ${'x'.repeat(2_000_000)}\n\n`);
    case 'empty':
      return void stream().end('data: [DONE]\n\n');
    case 'whole':
      return void response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ choices: [{ message: { content: text }, finish_reason: 'stop' }], usage: { prompt_tokens: 100, completion_tokens: 10 } }));
    default:
      stream().end(
        `${text
          .split(/(?<= )/)
          .map((word) => delta(word))
          .join('')}${delta('', 'stop')}${event({ choices: [], usage: { prompt_tokens: 100, completion_tokens: 10 } })}data: [DONE]\n\n`,
      );
  }
}
