import { createServer, type Server } from 'node:http';

/** A model on loopback that repeats what it is asked, word by word and slowly, and remembers how often it was asked what: a ledger of effects outside Redis. */
export class EchoModel {
  readonly #server: Server;
  readonly #asked = new Map<string, number>();

  constructor(options: { readonly wordMs: () => number }) {
    this.#server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request.setEncoding('utf8')) body += chunk;
      const question: string = JSON.parse(body).messages.at(-1).content;
      this.#asked.set(question, this.asked(question) + 1);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const word of question.split(/(?<= )/)) {
        await new Promise((resolve) => setTimeout(resolve, options.wordMs()));
        if (response.destroyed) return;
        response.write(`data: ${JSON.stringify({ choices: [{ delta: { content: word } }] })}\n\n`);
      }
      response.end('data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n');
    });
  }

  asked(question: string): number {
    return this.#asked.get(question) ?? 0;
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}/v1`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
