import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RoostError } from '../../contract/errors.js';
import { encodeLine, LineDecoder } from './line-codec.js';
import { createLineWire } from './line-wire.js';
import { createPortWire } from './port-wire.js';

const small = { maxLineBytes: 200, maxDepth: 8 };

function cut(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const marks = [...new Set(cuts.map((at) => at % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...marks].map((from, index) => bytes.subarray(from, marks[index] ?? bytes.length));
}

describe('K4: the line codec', () => {
  it('decodes what was encoded, in any chunking', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue({ maxDepth: 5 }), { maxLength: 10 }), fc.array(fc.nat(), { maxLength: 12 }), (messages, cuts) => {
        const decoder = new LineDecoder();
        const bytes = Buffer.from(messages.map((message) => encodeLine(message)).join(''));
        const decoded = cut(bytes, cuts).map((chunk) => decoder.push(chunk));
        expect(decoded.flatMap((part) => part.messages)).toEqual(messages.map((message) => JSON.parse(JSON.stringify(message))));
        expect(decoded.every((part) => part.violation === null)).toBe(true);
      }),
    );
  });

  it('turns any bytes into messages or one violation, never a throw, and then stays closed', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.constant(Buffer.from('{"a":1}\n')), fc.constant(Buffer.from('\n')))), (chunks) => {
        const decoder = new LineDecoder(small);
        let violated = false;
        for (const chunk of chunks) {
          const { messages, violation } = decoder.push(Buffer.from(chunk));
          if (violated) expect(messages).toEqual([]);
          violated = violation !== null;
        }
      }),
    );
  });

  it.each([
    ['a line of exactly the limit', `"${'x'.repeat(198)}"\n`, null],
    ['a line one longer', `"${'x'.repeat(199)}"\n`, /longer than 200 bytes/],
    ['no end of line at all', 'x'.repeat(201), /longer than 200 bytes/],
    ['depth of the limit', `${'['.repeat(8)}${']'.repeat(8)}\n`, null],
    ['one deeper', `${'['.repeat(9)}${']'.repeat(9)}\n`, /nested deeper/],
    ['brackets inside a string', `{"a":"${'['.repeat(50)}\\"${'{'.repeat(50)}"}\n`, null],
    ['CRLF', '{"a":1}\r\n', null],
    ['not JSON', 'hello\n', /not JSON: "hello"/],
    ['an escape sequence', '\u001b[2J\n', /\\u001b/],
  ])('%s', (_what, text, violation) => {
    const decoded = new LineDecoder(small).push(Buffer.from(text));
    if (violation === null) expect(decoded).toMatchObject({ violation: null, messages: [expect.anything()] });
    else expect(decoded.violation).toMatch(violation);
  });

  it('refuses to send what is too large or no JSON', () => {
    const ring: Record<string, unknown> = {};
    ring['ring'] = ring;
    expect(() => encodeLine('x'.repeat(300), small)).toThrow(RoostError);
    for (const bad of [ring, 5n, undefined, () => undefined]) expect(() => encodeLine(bad)).toThrow(RoostError);
  });
});

describe('the line wire', () => {
  const open = (maxQueuedBytes?: number) => {
    const stdin = new PassThrough({ highWaterMark: 10 });
    const stdout = new PassThrough();
    const closes: { kind: string; message: string }[] = [];
    const errors: unknown[] = [];
    const wire = createLineWire({
      stdin,
      stdout,
      onListenerError: (error) => errors.push(error),
      limits: small,
      ...(maxQueuedBytes === undefined ? {} : { maxQueuedBytes }),
    });
    wire.onClose((reason) => closes.push(reason));
    return { stdin, stdout, wire, closes, errors };
  };
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it('keeps what comes before the first listener', async () => {
    const { stdout, wire } = open();
    stdout.write('1\n2\n');
    await turn();
    const seen: unknown[] = [];
    wire.onMessage((message) => seen.push(message));
    expect(seen).toEqual([]);
    await turn();
    expect(seen).toEqual([1, 2]);
  });

  it('closes once with a violation, delivers nothing after it, and goes on reading', async () => {
    const { stdout, wire, closes } = open();
    const seen: unknown[] = [];
    wire.onMessage((message) => seen.push(message));
    stdout.write('1\nnope\n2\n');
    await turn();
    stdout.end('3\n');
    await turn();
    expect(seen).toEqual([1]);
    expect(closes).toMatchObject([{ kind: 'violation' }]);
    wire.send('ignored');
    const late: unknown[] = [];
    wire.onClose((reason) => late.push(reason));
    await turn();
    expect(late).toEqual(closes);
  });

  it('gives up a child that does not read', async () => {
    const { wire, closes } = open(500);
    for (let sent = 0; sent < 10; sent++) wire.send('x'.repeat(100));
    expect(closes).toMatchObject([{ kind: 'violation', message: expect.stringContaining('does not read') }]);
  });

  it('takes a broken pipe as an end', async () => {
    const { stdin, closes, wire } = open();
    stdin.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    await turn();
    wire.send(1);
    expect(closes).toMatchObject([{ kind: 'ended' }]);
  });

  it('survives a listener that throws', async () => {
    const { stdout, wire, errors } = open();
    const seen: unknown[] = [];
    wire.onMessage(() => {
      throw new Error('mine');
    });
    wire.onMessage((message) => seen.push(message));
    stdout.write('1\n');
    await turn();
    expect(seen).toEqual([1]);
    expect(errors.length).toBe(1);
  });
});

describe('the port wire', () => {
  it('closes when the channel takes no more', () => {
    const closes: unknown[] = [];
    const port = {
      post: () => {
        throw new Error('full');
      },
      onMessage: () => undefined,
    };
    const wire = createPortWire({ port, onListenerError: () => undefined });
    wire.onClose((reason) => closes.push(reason));
    wire.send({});
    wire.send({});
    expect(closes).toEqual([{ kind: 'violation', message: 'its channel takes no more messages: full' }]);
  });
});
