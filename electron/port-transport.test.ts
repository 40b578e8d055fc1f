import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { maxClientFrameBytes } from '../contract/frames.js';
import { describeTransport } from '../supervisor/state/transport-battery.js';
import { type Port, PortTransport } from './port-transport.js';

/** Node's port told as Electron's: the message comes inside an event. */
function asPort(port: MessagePort): Port {
  return {
    postMessage: (message) => port.postMessage(message),
    on(event: 'message' | 'close', listener: (event: { readonly data: unknown }) => void) {
      if (event === 'message') port.on('message', (data: unknown) => listener({ data }));
      else port.on('close', () => (listener as () => void)());
    },
    start: () => port.start(),
    close: () => port.close(),
  };
}

function pair(): { readonly near: PortTransport; readonly far: PortTransport; readonly raw: MessagePort } {
  const { port1, port2 } = new MessageChannel();
  return { near: new PortTransport(asPort(port1)), far: new PortTransport(asPort(port2)), raw: port2 };
}

describeTransport('a message port', async () => {
  const { near, far } = pair();
  return {
    near,
    far,
    stop: async () => {
      near.close('test over');
      far.close('test over');
    },
  };
});

describe('PortTransport', () => {
  it.each([
    ['an object', { type: 'hello' }, 'a frame was not text'],
    ['nothing', undefined, 'a frame was not text'],
    ['bytes', new Uint8Array(3), 'a frame was not text'],
    ['a frame that is too long', 'x'.repeat(maxClientFrameBytes + 1), 'a frame was too long'],
    ['one that is too long only in bytes', '漢'.repeat(maxClientFrameBytes / 3 + 1), 'a frame was too long'],
  ])('hangs up on %s', async (_, message, reason) => {
    const { near, raw } = pair();
    const heard: string[] = [];
    near.onMessage((text) => heard.push(text));
    const closed = new Promise<string>((resolve) => near.onClose(resolve));
    raw.postMessage(message);
    expect(await closed).toBe(reason);
    expect(heard).toEqual([]);
  });

  it('takes the longest frame that is allowed', async () => {
    const { near, raw } = pair();
    const heard = new Promise<string>((resolve) => near.onMessage(resolve));
    raw.postMessage('x'.repeat(maxClientFrameBytes));
    expect((await heard).length).toBe(maxClientFrameBytes);
    near.close('test over');
  });
});
