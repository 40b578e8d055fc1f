import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { type HostProcess, parentChannel } from './parent-channel.js';

const beat = { type: 'drained' } as const;

describe('parentChannel', () => {
  it('is none for a program started by hand', () => {
    expect(parentChannel(new EventEmitter() as unknown as HostProcess)).toBeUndefined();
  });

  it('speaks over the IPC of Node and survives a channel that is closed', async () => {
    const sent: unknown[] = [];
    const host = Object.assign(new EventEmitter(), {
      send: (message: unknown, callback: (error: Error | null) => void) => {
        sent.push(message);
        setImmediate(() => callback(new Error('channel closed')));
        return false;
      },
    });
    const channel = parentChannel(host);
    const got: unknown[] = [];
    let lost = 0;
    channel?.onMessage((message) => got.push(message));
    channel?.onLost(() => lost++);
    channel?.send(beat);
    await channel?.flushed();
    host.emit('message', { type: 'x' });
    host.emit('disconnect');
    expect([sent, got, lost]).toEqual([[beat], [{ type: 'x' }], 1]);
  });

  it('prefers the port of a utility process and unwraps its events', () => {
    const port = Object.assign(new EventEmitter(), { sent: [] as unknown[], postMessage: (message: unknown) => void port.sent.push(message) });
    const channel = parentChannel(Object.assign(new EventEmitter(), { parentPort: port, send: () => true }));
    const got: unknown[] = [];
    let lost = 0;
    channel?.onMessage((message) => got.push(message));
    channel?.onLost(() => lost++);
    channel?.send(beat);
    port.emit('message', { data: { type: 'y' }, ports: [] });
    port.emit('close', {});
    expect([port.sent, got, lost]).toEqual([[beat], [{ type: 'y' }], 1]);
  });
});
