import type { Readable, Writable } from 'node:stream';
import { type AnyMessage, ndJsonStream, type Stream } from '@agentclientprotocol/sdk';

/** One line of the protocol; a violation ends the connection. */
export const maxLineBytes = 1024 ** 2;

/** The port of an Electron utility process, as far as it is needed here. */
export interface ParentPort {
  on(event: 'message', listener: (event: { readonly data: unknown }) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  postMessage(message: unknown): void;
}

/** Newline-delimited JSON on a pair of Node streams; written by hand because the adapters of Node cost 3 ms and 1 MB. */
export function lineStream(input: Readable, output: Writable): Stream {
  const readable = new ReadableStream<Uint8Array>({
    start(controller) {
      let open = true;
      const end = (act: () => void): void => {
        if (open) act();
        open = false;
      };
      input.on('data', (chunk: Uint8Array) => {
        if (open) controller.enqueue(chunk);
      });
      input.once('end', () => end(() => controller.close()));
      input.once('close', () => end(() => controller.close()));
      input.once('error', (error) => end(() => controller.error(error)));
    },
  });
  const writable = new WritableStream<Uint8Array>({
    write: (chunk) =>
      new Promise((resolve, reject) => {
        output.write(chunk, (error) => (error ? reject(error) : resolve()));
      }),
  });
  return ndJsonStream(writable, readable, { maxMessageBytes: maxLineBytes });
}

/** The same messages as objects over a port. What is no object is dropped; the connection checks the rest. */
export function portStream(port: ParentPort): Stream {
  const readable = new ReadableStream<AnyMessage>({
    start(controller) {
      port.on('message', (event) => {
        if (isMessage(event.data)) controller.enqueue(event.data);
      });
      port.on('close', () => controller.close());
    },
  });
  const writable = new WritableStream<AnyMessage>({ write: (message) => port.postMessage(message) });
  return { readable, writable };
}

const isMessage = (value: unknown): value is AnyMessage => typeof value === 'object' && value !== null && !Array.isArray(value);
