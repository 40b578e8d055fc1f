import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { systemClock } from '../core/base/clock.js';
import { ManualClock } from '../core/base/manual-clock.js';
import { describeTransport, type TransportPair } from '../supervisor/state/transport-battery.js';
import { WsTransport } from './ws-transport.js';

async function sockets(): Promise<{ near: WebSocket; far: WebSocket; stop: () => Promise<void> }> {
  const http = createServer();
  const server = new WebSocketServer({ server: http, perMessageDeflate: false, maxPayload: 64 * 1024 });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const far = new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}/`, { perMessageDeflate: false });
  const [[near]] = await Promise.all([once(server, 'connection') as Promise<[WebSocket]>, once(far, 'open')]);
  return {
    near,
    far,
    stop: async () => {
      far.terminate();
      near.terminate();
      server.close();
      http.close();
    },
  };
}

async function makePair(): Promise<TransportPair> {
  const { near, far, stop } = await sockets();
  return { near: new WsTransport(near, systemClock), far: new WsTransport(far, systemClock), stop };
}

describeTransport('WsTransport', makePair);

const reasonOf = (transport: WsTransport): Promise<string> => new Promise((resolve) => transport.onClose(resolve));

describe('WsTransport against bad peers', () => {
  it.each([
    ['a binary frame', (peer: WebSocket) => peer.send(Buffer.from('x'), { binary: true }), [1003]],
    [
      'more than 200 frames within a second',
      (peer: WebSocket) => {
        for (let at = 0; at < 300; at++) peer.send('x');
      },
      [1008],
    ],
    [
      'a flood of pings',
      (peer: WebSocket) => {
        for (let at = 0; at < 300; at++) peer.ping();
      },
      [1008, 1006],
    ],
    ['a frame past the limit', (peer: WebSocket) => peer.send('x'.repeat(2 * 1024 * 1024)), [1009]],
  ])('cuts one that sends %s', async (_name, act, codes) => {
    const { near, far, stop } = await sockets();
    far.on('error', () => undefined);
    const transport = new WsTransport(near, systemClock);
    transport.onMessage(() => undefined);
    const closed = once(far, 'close') as Promise<[number]>;
    act(far);
    // ws hangs up without a word when it owes too many pongs at once.
    expect(codes).toContain((await closed)[0]);
    await stop();
  });

  it('drops a peer that answers no ping', async () => {
    const { near, far, stop } = await sockets();
    far.pause();
    const clock = new ManualClock();
    const transport = new WsTransport(near, clock);
    const reason = reasonOf(transport);
    await clock.advance(15_000);
    await clock.advance(15_000);
    expect(await reason).toBe('no answer to a ping');
    expect(clock.pendingTimers).toBe(0);
    await stop();
  });

  it('keeps a peer that answers', async () => {
    const { near, far, stop } = await sockets();
    const clock = new ManualClock();
    const transport = new WsTransport(near, clock);
    let closed = false;
    transport.onClose(() => {
      closed = true;
    });
    for (let round = 0; round < 4; round++) {
      const pong = once(near, 'pong');
      await clock.advance(15_000);
      await pong;
    }
    expect(closed).toBe(false);
    await stop();
    expect(far.readyState).not.toBe(WebSocket.OPEN);
  });
});
