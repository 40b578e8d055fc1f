import type { Readable, Writable } from 'node:stream';
import { defaultLineLimits, encodeLine, LineDecoder, type LineLimits } from './line-codec.js';
import type { Wire } from './types.js';
import { WireEnds } from './wire-ends.js';

export interface LineWireOptions {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly onListenerError: (error: unknown) => void;
  readonly limits?: LineLimits;
  /** A child that does not read its input is given up when this much waits for it. */
  readonly maxQueuedBytes?: number;
}

/** Newline-delimited JSON over a child's stdin and stdout. Whatever the child writes, nothing throws here. */
export function createLineWire(options: LineWireOptions): Wire & { ended(message: string): void } {
  const { stdin, stdout, limits = defaultLineLimits, maxQueuedBytes = 8 * 1024 * 1024 } = options;
  const ends = new WireEnds(options.onListenerError);
  const decoder = new LineDecoder(limits);

  const close = (kind: 'ended' | 'violation', message: string): void => {
    if (!ends.close({ kind, message })) return;
    stdin.end();
    // Read on and throw away: a full pipe would keep the child from ending on its own.
    stdout.removeListener('data', onData);
    stdout.resume();
  };
  const onData = (chunk: Buffer): void => {
    const { messages, violation } = decoder.push(chunk);
    for (const message of messages) ends.deliver(message);
    if (violation !== null) close('violation', violation);
  };
  stdout.on('data', onData);
  stdout.on('end', () => close('ended', 'the process closed its output'));
  stdout.on('error', (error) => close('ended', `its output cannot be read: ${error.message}`));
  // EPIPE arrives here, not as a throw: the child closed its input or is gone.
  stdin.on('error', (error) => close('ended', `its input cannot be written: ${error.message}`));

  return {
    send(message) {
      if (ends.closed !== null) return;
      const line = encodeLine(message, limits);
      stdin.write(line);
      if (stdin.writableLength > maxQueuedBytes) close('violation', `it does not read its input: more than ${maxQueuedBytes} bytes wait`);
    },
    onMessage: (listener) => ends.onMessage(listener),
    onClose: (listener) => ends.onClose(listener),
    close: () => close('ended', 'closed by Roost'),
    ended: (message) => close('ended', message),
  };
}
