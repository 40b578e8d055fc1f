import { EventEmitter } from 'node:events';

/** What unit tests get for `electron`, which is there only inside its own runtime: as much as the files of this room take at their loading. */

export const app = {};
export const protocol = {};
export const session = {};
export const powerMonitor = new EventEmitter();
export const powerSaveBlocker = {};

/** What was handed to the system to open. */
export const opened: string[] = [];
export const shell = {
  openExternal: async (address: string): Promise<void> => {
    opened.push(address);
  },
};

export class FakePort extends EventEmitter {
  peer: FakePort | undefined;
  closed = false;
  postMessage(data: unknown): void {
    if (!this.closed) this.peer?.emit('message', { data });
  }
  start(): void {}
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.peer?.emit('close');
  }
}

export class MessageChannelMain {
  readonly port1 = new FakePort();
  readonly port2 = new FakePort();

  constructor() {
    this.port1.peer = this.port2;
    this.port2.peer = this.port1;
  }
}
