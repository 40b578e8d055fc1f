import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../core/base/manual-clock.js';
import { SocketRoster } from './socket-roster.js';

class FakeSocket extends EventEmitter {
  destroyed = false;
  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

function build() {
  const clock = new ManualClock();
  const roster = new SocketRoster({ clock, limit: 3, hardLimit: 6, graceMs: 1_000 });
  const admit = (): Socket => {
    const socket = new FakeSocket() as unknown as Socket;
    roster.admit(socket);
    return socket;
  };
  const serve = (socket: Socket): void => {
    roster.requestStarted(socket);
    roster.known(socket);
    roster.requestEnded(socket);
  };
  return { clock, roster, admit, serve };
}
const gone = (sockets: readonly Socket[]): readonly boolean[] => sockets.map(({ destroyed }) => destroyed);

describe('SocketRoster', () => {
  it('shows out the one that is silent longest, but nobody within its first second', async () => {
    const { clock, roster, admit } = build();
    const first = [admit(), admit(), admit(), admit()];
    expect(gone(first)).toEqual([false, false, false, false]);
    await clock.advance(1_000);
    admit();
    expect(gone(first)).toEqual([true, false, false, false]);
    expect(roster.size).toBe(4);
  });

  it('shows out strangers before those that made a request', async () => {
    const { clock, admit, serve } = build();
    const client = admit();
    serve(client);
    const strangers = [admit(), admit()];
    await clock.advance(1_000);
    admit();
    expect(gone([client, ...strangers])).toEqual([false, true, false]);
  });

  it('keeps whoever has a request in hand or became a WebSocket', async () => {
    const { clock, roster, admit } = build();
    const [busy, socket, silent] = [admit(), admit(), admit()];
    roster.requestStarted(busy);
    roster.upgraded(socket);
    await clock.advance(5_000);
    admit();
    expect(gone([busy, socket, silent])).toEqual([false, false, true]);
  });

  it('has a last limit for those that come all at once', () => {
    const { roster, admit } = build();
    const sockets = Array.from({ length: 10 }, admit);
    expect(roster.size).toBe(6);
    expect(gone(sockets).filter(Boolean)).toHaveLength(4);
  });
});
