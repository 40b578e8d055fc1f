import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../core/base/manual-clock.js';
import { SocketRoster } from './socket-roster.js';

class FakeSocket extends EventEmitter {
  destroyed = false;
  bytesRead = 0;
  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

function build() {
  const clock = new ManualClock();
  const looks: (() => void)[] = [];
  const roster = new SocketRoster({ clock, limit: 3, hardLimit: 6, standing: 2, graceMs: 1_000, afterReading: (look) => looks.push(look) });
  const admit = (): Socket => {
    const socket = new FakeSocket() as unknown as Socket;
    roster.admit(socket);
    return socket;
  };
  const serve = (socket: Socket): void => {
    roster.requestStarted(socket, { complete: true });
    roster.known(socket);
    roster.requestEnded(socket);
  };
  /** All that lay there has been read. */
  const read = (): void => {
    for (const look of looks.splice(0)) look();
  };
  return { clock, roster, admit, serve, read };
}
const gone = (sockets: readonly Socket[]): readonly boolean[] => sockets.map(({ destroyed }) => destroyed);

describe('SocketRoster', () => {
  it('shows out the one that is silent longest, but nobody within its first second', async () => {
    const { clock, roster, admit, read } = build();
    const first = [admit(), admit(), admit(), admit()];
    expect(gone(first)).toEqual([false, false, false, false]);
    await clock.advance(1_000);
    admit();
    read();
    expect(gone(first)).toEqual([true, false, false, false]);
    expect(roster.size).toBe(4);
  });

  it('shows out strangers before those that made a request', async () => {
    const { clock, admit, serve, read } = build();
    const client = admit();
    serve(client);
    const strangers = [admit(), admit()];
    await clock.advance(1_000);
    admit();
    read();
    expect(gone([client, ...strangers])).toEqual([false, true, false]);
  });

  it('keeps whoever has a request in hand or became a WebSocket', async () => {
    const { clock, roster, admit, read } = build();
    const [busy, socket, silent] = [admit(), admit(), admit()];
    roster.requestStarted(busy, { complete: true });
    roster.upgraded(socket);
    await clock.advance(5_000);
    admit();
    read();
    expect(gone([busy, socket, silent])).toEqual([false, false, true]);
  });

  it('shows out nobody whose words lay there unread while the loop stood still', async () => {
    const { clock, roster, admit, serve, read } = build();
    const [spoke, silent] = [admit(), admit()];
    await clock.advance(5_000);
    roster.leave(spoke);
    roster.leave(silent);
    (spoke as unknown as FakeSocket).bytesRead += 100;
    serve(spoke);
    read();
    expect(gone([spoke, silent])).toEqual([false, true]);
    expect(roster.size).toBe(1);
    roster.leave(spoke);
    read();
    expect(gone([spoke])).toEqual([true]);
  });

  it('calls nothing late that had come and was not read, and everything that had not', () => {
    const { roster, admit, serve, read } = build();
    const told: string[] = [];
    const late = (name: string, socket: Socket): void => roster.unlessArrived(socket, () => told.push(name));
    const [silent, slow, unread, slowAgain, halfRead] = [admit(), admit(), admit(), admit(), admit()];
    const [half, other] = [{ complete: false }, { complete: false }];
    roster.requestStarted(slow, half);
    serve(slowAgain);
    roster.requestStarted(halfRead, other);
    for (const [name, socket] of Object.entries({ silent, slow, unread, slowAgain, halfRead })) late(name, socket);
    serve(unread);
    other.complete = true;
    read();
    expect(told).toEqual(['silent', 'slow', 'slowAgain']);
  });

  it('has a last limit for those that come all at once: some may stand and be told, the rest is cut', () => {
    const { roster, admit } = build();
    const sockets = Array.from({ length: 10 }, admit);
    expect(roster.size).toBe(6);
    expect(sockets.map((socket) => roster.seated(socket)).slice(0, 8)).toEqual([true, true, true, true, true, true, false, false]);
    expect(gone(sockets)).toEqual([...Array(8).fill(false), true, true]);
  });
});
