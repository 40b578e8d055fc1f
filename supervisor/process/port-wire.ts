import type { RawChild, Wire } from './types.js';
import { WireEnds } from './wire-ends.js';

/** The wire over a structured channel to our own code. A channel that refuses a message (gone or full) closes the wire. */
export function createPortWire(options: {
  readonly port: NonNullable<RawChild['port']>;
  readonly onListenerError: (error: unknown) => void;
}): Wire & { ended(message: string): void } {
  const ends = new WireEnds(options.onListenerError);
  options.port.onMessage((message) => ends.deliver(message));
  return {
    send(message) {
      if (ends.closed !== null) return;
      try {
        options.port.post(message);
      } catch (error) {
        ends.close({ kind: 'violation', message: `its channel takes no more messages: ${error instanceof Error ? error.message : String(error)}` });
      }
    },
    onMessage: (listener) => ends.onMessage(listener),
    onClose: (listener) => ends.onClose(listener),
    close: () => void ends.close({ kind: 'ended', message: 'closed by Roost' }),
    ended: (message) => void ends.close({ kind: 'ended', message }),
  };
}
