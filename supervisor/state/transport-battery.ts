import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Transport } from '../../contract/transport.js';

export interface TransportPair {
  readonly near: Transport;
  readonly far: Transport;
  stop(): Promise<void>;
}

const deadlineMs = 5_000;

/** Polls, never sleeps for a fixed time. */
async function eventually(check: () => boolean): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!check()) {
    if (performance.now() > end) throw new Error('it did not happen in time');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** What every carrier of the frames protocol must do alike. Call it in the test file of each implementation. */
export function describeTransport(name: string, makePair: () => Promise<TransportPair>): void {
  describe(`${name} as a transport`, () => {
    let pair: TransportPair;
    beforeEach(async () => {
      pair = await makePair();
    });
    afterEach(() => pair.stop());

    it('carries frames both ways in order', async () => {
      const atFar: string[] = [];
      const atNear: string[] = [];
      pair.far.onMessage((text) => atFar.push(text));
      pair.near.onMessage((text) => atNear.push(text));
      const sent = Array.from({ length: 50 }, (_, index) => `frame ${index}`);
      for (const text of sent) {
        pair.near.send(text);
        pair.far.send(text);
      }
      await eventually(() => atFar.length === sent.length && atNear.length === sent.length);
      expect(atFar).toEqual(sent);
      expect(atNear).toEqual(sent);
    });

    it('carries any text unchanged', async () => {
      const received: string[] = [];
      pair.far.onMessage((text) => received.push(text));
      const sent = ['', ' ', '\u0000\u001b[31m', 'grüße 漢字 🪺', '{"a":1}', 'x'.repeat(60_000)];
      for (const text of sent) pair.near.send(text);
      await eventually(() => received.length === sent.length);
      expect(received).toEqual(sent);
    });

    it('keeps what was sent before anybody listened', async () => {
      pair.near.send('early');
      const received: string[] = [];
      for (let round = 0; round < 20; round++) await new Promise((resolve) => setImmediate(resolve));
      pair.far.onMessage((text) => received.push(text));
      await eventually(() => received.length === 1);
      expect(received).toEqual(['early']);
    });

    it('stops telling a listener that left', async () => {
      const kept: string[] = [];
      const left: string[] = [];
      pair.far.onMessage((text) => kept.push(text));
      const off = pair.far.onMessage((text) => left.push(text));
      pair.near.send('one');
      await eventually(() => kept.length === 1);
      off();
      pair.near.send('two');
      await eventually(() => kept.length === 2);
      expect(left).toEqual(['one']);
    });

    it('tells a close once on each side and the reason on this one', async () => {
      const near: string[] = [];
      const far: string[] = [];
      pair.near.onClose((reason) => near.push(reason));
      pair.far.onClose((reason) => far.push(reason));
      pair.near.close('done-here');
      pair.near.close('again');
      await eventually(() => far.length > 0 && near.length > 0);
      pair.far.close('too late');
      for (let round = 0; round < 20; round++) await new Promise((resolve) => setImmediate(resolve));
      expect(near).toEqual(['done-here']);
      expect(far).toHaveLength(1);
    });

    it('drops what is sent after the close without a word', async () => {
      const received: string[] = [];
      const far: string[] = [];
      pair.far.onMessage((text) => received.push(text));
      pair.far.onClose((reason) => far.push(reason));
      pair.near.close('done-here');
      expect(() => pair.near.send('late')).not.toThrow();
      await eventually(() => far.length === 1);
      expect(() => pair.far.send('late')).not.toThrow();
      expect(received).toEqual([]);
    });

    it('knows how much is waiting', async () => {
      expect(pair.near.bufferedBytes()).toBe(0);
      pair.near.send('x'.repeat(10_000));
      expect(pair.near.bufferedBytes()).toBeGreaterThanOrEqual(0);
      await eventually(() => pair.near.bufferedBytes() === 0);
    });
  });
}
