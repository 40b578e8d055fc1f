import { describe, expect, it } from 'vitest';
import type { ServerFrame } from '../../contract/frames.js';
import type { Sample } from '../../contract/state.js';
import { stateOf } from '../../contract/test-state.js';
import type { Transport } from '../../contract/transport.js';
import type { ScreenClock } from './clock.js';
import { Connection, type ConnectionStatus, SignedOut } from './connection.js';
import { ScreenStore } from './store.js';

class FakeClock implements ScreenClock {
  #nowMs = 1_000_000;
  readonly #timers = new Set<{ atMs: number; task: () => void }>();
  nowMs = (): number => this.#nowMs;
  random = (): number => 0.5;
  after(delayMs: number, task: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, task };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }
  /** Lets time pass, in order, with the promises in between. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      const next = [...this.#timers].filter((timer) => timer.atMs <= untilMs).sort((left, right) => left.atMs - right.atMs)[0];
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.task();
      await settled();
    }
    this.#nowMs = untilMs;
  }
  get pending(): number {
    return this.#timers.size;
  }
}

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
};

class FakeTransport implements Transport {
  readonly sent: { type: string; id?: number; method?: string }[] = [];
  closedWith: string | null = null;
  #onMessage: (text: string) => void = () => {};
  #onClose: (reason: string) => void = () => {};
  send(text: string): void {
    if (this.closedWith === null) this.sent.push(JSON.parse(text));
  }
  onMessage(listener: (text: string) => void): () => void {
    this.#onMessage = listener;
    return () => {};
  }
  onClose(listener: (reason: string) => void): () => void {
    this.#onClose = listener;
    return () => {};
  }
  close(reason: string): void {
    if (this.closedWith !== null) return;
    this.closedWith = reason;
    this.#onClose(reason);
  }
  bufferedBytes = (): number => 0;
  receive(frame: ServerFrame | string): void {
    this.#onMessage(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }
}

const sample = (atMs: number): Sample => ({
  atMs,
  queues: {},
  pool: { ready: 3, target: 3, starting: 0, assigned: 0 },
  turnsDone: 0,
  turnsFailed: 0,
  turnP50Ms: null,
  rssBytes: null,
});
const state = stateOf();
const welcome = (seq = 0): ServerFrame => ({ type: 'welcome', protocol: 1, seq, state, samples: [sample(1)] });
const change = (seq: number, total: number): ServerFrame => ({ type: 'change', seq, slice: 'sessions', value: { total, items: [] } });

function setUp() {
  const clock = new FakeClock();
  const statuses: ConnectionStatus[] = [];
  const store = new ScreenStore();
  const transports: FakeTransport[] = [];
  let answer: () => Promise<Transport> = async () => {
    const transport = new FakeTransport();
    transports.push(transport);
    return transport;
  };
  const openWith = (next: () => Promise<Transport>): void => {
    answer = next;
  };
  store.subscribe(() => {
    const { connection } = store.get();
    if (statuses.at(-1) !== connection) statuses.push(connection);
  });
  const connection = new Connection({ open: () => answer(), clock, policy: { firstMs: 1_000, factor: 2, capMs: 10_000, jitter: 0.2 }, sink: store });
  const newest = (): FakeTransport => {
    const transport = transports.at(-1);
    if (transport === undefined) throw new Error('nothing was opened');
    return transport;
  };
  const live = async (): Promise<FakeTransport> => {
    connection.start();
    await settled();
    newest().receive(welcome());
    return newest();
  };
  return { clock, store, statuses, transports, connection, newest, live, openWith };
}

describe('a connection', () => {
  it('says hello, takes the snapshot and follows changes and samples', async () => {
    const { store, live, statuses } = setUp();
    const transport = await live();
    expect(transport.sent).toEqual([{ type: 'hello', protocol: 1 }]);
    transport.receive(change(1, 7));
    transport.receive({ type: 'sample', seq: 2, sample: sample(2) });
    expect(store.get().state?.sessions.total).toBe(7);
    expect(store.get().state?.health).toEqual(state.health);
    expect(store.get().samples.map((one) => one.atMs)).toEqual([1, 2]);
    expect(statuses.map((status) => status.kind)).toEqual(['connecting', 'live']);
  });

  it('tells whether anybody sees it: at once, again after each welcome while nobody does, and never twice', async () => {
    const { connection, newest, clock } = setUp();
    connection.look(false);
    connection.start();
    await settled();
    const looks = () => newest().sent.filter(({ type }) => type === 'look');
    expect(looks()).toEqual([]);
    newest().receive(welcome());
    expect(looks()).toEqual([{ type: 'look', visible: false }]);
    connection.look(false);
    connection.look(true);
    expect(looks()).toEqual([
      { type: 'look', visible: false },
      { type: 'look', visible: true },
    ]);
    newest().receive(welcome());
    expect(looks()).toHaveLength(2);
    connection.look(false);
    newest().close('lost');
    connection.look(true);
    connection.look(false);
    await clock.advance(1_500);
    newest().receive(welcome());
    expect(looks()).toEqual([{ type: 'look', visible: false }]);
    connection.stop();
  });

  it('says hello again at a gap and leaves out what comes before the new snapshot', async () => {
    const { store, live } = setUp();
    const transport = await live();
    transport.receive(change(3, 9));
    transport.receive(change(4, 10));
    expect(store.get().state?.sessions.total).toBe(0);
    expect(transport.sent.filter((frame) => frame.type === 'hello')).toHaveLength(2);
    transport.receive(welcome(4));
    transport.receive(change(5, 11));
    expect(store.get().state?.sessions.total).toBe(11);
    expect(store.get().epoch).toBe(2);
  });

  it('comes back after a loss, with growing pauses and the old state kept', async () => {
    const { clock, store, live, openWith, transports } = setUp();
    const transport = await live();
    openWith(async () => {
      throw new Error('refused');
    });
    const lostAtMs = clock.nowMs();
    transport.close('host gone');
    expect(store.get().connection).toMatchObject({ kind: 'waiting', attempt: 1, retryAtMs: lostAtMs + 1_000, lostAtMs, reason: 'host gone' });
    expect(store.get().state).not.toBeNull();
    await clock.advance(1_000);
    expect(store.get().connection).toMatchObject({ kind: 'waiting', attempt: 2, retryAtMs: lostAtMs + 3_000, lostAtMs, reason: 'refused' });
    const back = new FakeTransport();
    openWith(async () => {
      transports.push(back);
      return back;
    });
    await clock.advance(2_000);
    back.receive(welcome());
    expect(store.get().connection.kind).toBe('live');
    back.close('again');
    expect(store.get().connection).toMatchObject({ attempt: 1 });
  });

  it('does not wait for the countdown when a person asks', async () => {
    const { live, connection, transports } = setUp();
    (await live()).close('gone');
    connection.retryNow();
    await settled();
    expect(transports).toHaveLength(2);
  });

  it('takes silence for a loss: a half-open connection never reports its end', async () => {
    const { clock, store, live } = setUp();
    const transport = await live();
    await clock.advance(10_000);
    transport.receive({ type: 'sample', seq: 1, sample: sample(3) });
    await clock.advance(14_000);
    expect(store.get().connection.kind).toBe('live');
    await clock.advance(1_500);
    expect(store.get().connection.kind).not.toBe('live');
    expect(transport.closedWith).not.toBeNull();
  });

  it('gives up on a host that opens and never welcomes', async () => {
    const { clock, store, connection } = setUp();
    connection.start();
    await settled();
    await clock.advance(10_000);
    expect(store.get().connection).toMatchObject({ kind: 'waiting', reason: 'Roost did not answer in time.' });
  });

  it('does not knock again while signed out, until asked', async () => {
    const { clock, store, connection, openWith } = setUp();
    let knocks = 0;
    openWith(async () => {
      knocks += 1;
      throw new SignedOut();
    });
    connection.start();
    await settled();
    expect(store.get().connection.kind).toBe('signed-out');
    await clock.advance(600_000);
    expect(knocks).toBe(1);
    connection.retryNow();
    await settled();
    expect(knocks).toBe(2);
  });

  it('stops at a host of another protocol version', async () => {
    const { clock, store, connection, newest, transports } = setUp();
    connection.start();
    await settled();
    newest().receive('{"type":"welcome","protocol":2,"everything":"different"}');
    expect(store.get().connection).toEqual({ kind: 'incompatible', hostProtocol: 2 });
    await clock.advance(600_000);
    expect(transports).toHaveLength(1);
  });

  it('leaves out a frame that does not fit the contract and goes on', async () => {
    const { store, live } = setUp();
    const transport = await live();
    for (const frame of [
      'not json',
      '{"type":"change","seq":1,"slice":"health","value":{"status":"splendid"}}',
      '{"type":"change","seq":1,"slice":"__proto__","value":{}}',
    ])
      transport.receive(frame);
    expect(store.get().unreadable).toContain('__proto__');
    expect(store.get().state).toEqual(state);
    expect(store.get().connection.kind).toBe('live');
  });

  it('leaves nothing behind when it stops', async () => {
    const { clock, live, connection, transports } = setUp();
    const transport = await live();
    connection.stop();
    expect(transport.closedWith).not.toBeNull();
    expect(clock.pending).toBe(0);
    await clock.advance(60_000);
    expect(transports).toHaveLength(1);
  });
});

describe('a call', () => {
  it('is answered by its own id, in any order', async () => {
    const { live, connection } = setUp();
    const transport = await live();
    const first = connection.call('process.restart', { name: 'redis' });
    const second = connection.call('pool.resize', { size: 5 });
    transport.receive({ type: 'result', id: 1, value: { target: 5 } });
    transport.receive({ type: 'error', id: 0, error: { code: 'conflict', message: 'redis is already being restarted.' } });
    await expect(second).resolves.toEqual({ target: 5 });
    await expect(first).rejects.toMatchObject({ code: 'conflict', message: 'redis is already being restarted.' });
  });

  it('fails at once without a connection', async () => {
    const { connection } = setUp();
    await expect(connection.call('health.get', {})).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('fails when the connection is lost before the answer', async () => {
    const { live, connection } = setUp();
    const transport = await live();
    const call = connection.call('health.get', {});
    transport.close('gone');
    await expect(call).rejects.toThrow('lost before the answer');
  });

  it('tells the host when it is cancelled, and ignores the late answer', async () => {
    const { live, connection, clock } = setUp();
    const transport = await live();
    const pending = clock.pending;
    const stop = new AbortController();
    const call = connection.call('process.logs', { name: 'redis', waitMs: 20_000 }, { signal: stop.signal });
    stop.abort();
    await expect(call).rejects.toMatchObject({ code: 'cancelled' });
    expect(transport.sent.at(-1)).toEqual({ type: 'cancel', id: 0 });
    transport.receive({ type: 'result', id: 0, value: {} });
    expect(clock.pending).toBe(pending);
  });

  it('has a deadline', async () => {
    const { live, connection, clock } = setUp();
    const transport = await live();
    const call = connection.call('health.get', {}, { deadlineMs: 3_000 });
    const failed = expect(call).rejects.toMatchObject({ code: 'timeout', message: 'Roost did not answer health.get within 3 s.' });
    await clock.advance(3_000);
    await failed;
    expect(transport.sent.at(-1)).toEqual({ type: 'cancel', id: 0 });
  });
});
