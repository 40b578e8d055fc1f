import { describe, expect, it } from 'vitest';
import { RoostError } from '../../contract/errors.js';
import { maxClientFrameBytes, protocolVersion, type ServerFrame, serverFrameSchema } from '../../contract/frames.js';
import type { Transport } from '../../contract/transport.js';
import type { Log } from '../../core/base/log.js';
import { silentLog } from '../../core/base/log.js';
import { ManualClock } from '../../core/base/manual-clock.js';
import { maxCallsInFlight, serveClient } from './client-link.js';
import { type FakeCore, fakeCore } from './fake-core.js';
import { fakeHealth } from './fake-state.js';

class LoopTransport implements Transport {
  readonly sent: ServerFrame[] = [];
  readonly reasons: string[] = [];
  buffered = 0;
  #receive: ((text: string) => void) | undefined;
  #closed: ((reason: string) => void) | undefined;

  send(text: string): void {
    this.sent.push(serverFrameSchema.parse(JSON.parse(text)));
  }
  onMessage(listener: (text: string) => void): () => void {
    this.#receive = listener;
    return () => {
      this.#receive = undefined;
    };
  }
  onClose(listener: (reason: string) => void): () => void {
    this.#closed = listener;
    return () => undefined;
  }
  close(reason: string): void {
    if (this.reasons.length > 0) return;
    this.reasons.push(reason);
    this.#closed?.(reason);
  }
  bufferedBytes(): number {
    return this.buffered;
  }
  say(frame: unknown): void {
    this.#receive?.(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }
}

interface Setup {
  readonly transport: LoopTransport;
  readonly core: FakeCore;
  readonly clock: ManualClock;
  readonly errors: string[];
}

function setup(overrides: Parameters<typeof fakeCore>[0] = {}, hello = true): Setup {
  const clock = new ManualClock();
  const core = fakeCore(overrides, clock);
  const transport = new LoopTransport();
  const errors: string[] = [];
  const log: Log = { ...silentLog, error: (message) => void errors.push(message) };
  serveClient(transport, core, log, clock);
  if (hello) transport.say({ type: 'hello', protocol: protocolVersion });
  return { transport, core, clock, errors };
}

const sample = { atMs: 1, queues: {}, pool: { ready: 0, target: 0, starting: 0, assigned: 0 }, turnsDone: 0, turnsFailed: 0, turnP50Ms: null, rssBytes: null };
const never = (): Promise<never> => new Promise(() => undefined);
const waiting = (_params: unknown, signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

describe('hello', () => {
  it('answers with the snapshot and then every publication without a gap', async () => {
    const { transport, core, clock } = setup();
    for (let round = 1; round <= 5; round++) {
      core.state.set('health', { ...fakeHealth, uptimeMs: round });
      core.state.addSample({ ...sample, atMs: round });
      await clock.advance(300);
    }
    const frames = transport.sent as Extract<ServerFrame, { seq: number }>[];
    expect(frames[0]).toMatchObject({ type: 'welcome', seq: 0, protocol: protocolVersion });
    expect(frames.map((frame) => frame.seq)).toEqual(frames.map((_, index) => index));
    expect(frames.filter((frame) => frame.type === 'sample')).toHaveLength(5);
    expect(frames.findLast((frame) => frame.type === 'change')).toMatchObject({ slice: 'health', value: { uptimeMs: 5 } });
  });

  it('starts anew on a second hello, without publishing twice', () => {
    const { transport, core } = setup();
    core.state.addSample(sample);
    transport.say({ type: 'hello', protocol: protocolVersion });
    core.state.addSample({ ...sample, atMs: 2 });
    expect(transport.sent.map((frame) => [frame.type, 'seq' in frame ? frame.seq : null])).toEqual([
      ['welcome', 0],
      ['sample', 1],
      ['welcome', 0],
      ['sample', 1],
    ]);
    expect(transport.sent[2]).toMatchObject({ samples: [sample] });
  });

  it('refuses another protocol and hangs up', () => {
    const { transport } = setup({}, false);
    transport.say({ type: 'hello', protocol: 99 });
    expect(transport.sent).toMatchObject([{ type: 'error', id: -1, error: { code: 'protocol' } }]);
    expect(transport.reasons).toEqual(['protocol-mismatch']);
  });
});

describe('a screen that nobody sees', () => {
  it('is no watcher, is told the newest of each slice now and then, and gets a whole picture when it is seen again', async () => {
    const { transport, core, clock } = setup();
    expect(core.state.watched).toBe(true);
    transport.say({ type: 'look', visible: false });
    expect(core.state.watched).toBe(false);
    transport.sent.length = 0;
    for (let round = 1; round <= 40; round++) {
      core.state.set('health', { ...fakeHealth, uptimeMs: round });
      core.state.addSample({ ...sample, atMs: round });
      await clock.advance(300);
    }
    // Twelve seconds: two rounds, each the newest health, and no sample.
    expect(transport.sent).toMatchObject([
      { type: 'change', seq: 1, slice: 'health' },
      { type: 'change', seq: 2, slice: 'health' },
    ]);
    let told = 0;
    core.state.onWatched(() => told++);
    transport.say({ type: 'look', visible: true });
    await clock.advance(0);
    expect([core.state.watched, told]).toEqual([true, 1]);
    expect(transport.sent[2]).toMatchObject({ type: 'welcome', seq: 0, state: { health: { uptimeMs: 40 } } });
    expect((transport.sent[2] as { samples: unknown[] }).samples).toHaveLength(40);
    core.state.addSample({ ...sample, atMs: 50 });
    expect(transport.sent[3]).toMatchObject({ type: 'sample', seq: 1 });
    expect(transport.sent).toHaveLength(4);
  });

  it('is one, too, when its door says that the window is hidden, whatever the page says; a second hello changes nothing', async () => {
    const clock = new ManualClock();
    const core = fakeCore({}, clock);
    const transport = new LoopTransport();
    const client = serveClient(transport, core, silentLog, clock);
    client.shown(false);
    transport.say({ type: 'hello', protocol: protocolVersion });
    expect([transport.sent.length, core.state.watched]).toEqual([1, false]);
    transport.say({ type: 'look', visible: true });
    transport.say({ type: 'hello', protocol: protocolVersion });
    expect([transport.sent.length, core.state.watched]).toEqual([2, false]);
    client.shown(true);
    expect([transport.sent.length, core.state.watched]).toEqual([3, true]);
    transport.say({ type: 'look', visible: false });
    client.shown(true);
    expect(core.state.watched).toBe(false);
  });

  it('hears something in every round, so that silence still means a lost connection', async () => {
    const { transport, clock } = setup();
    transport.say({ type: 'look', visible: false });
    transport.say({ type: 'look', visible: false });
    await clock.advance(15_500);
    expect(transport.sent.slice(1)).toMatchObject([1, 2, 3].map((seq) => ({ type: 'change', seq, slice: 'health' })));
  });

  it('says so before its hello to no effect, and leaves nothing behind when it closes', async () => {
    const { transport, core, clock } = setup({}, false);
    transport.say({ type: 'look', visible: false });
    transport.say({ type: 'hello', protocol: protocolVersion });
    expect(core.state.watched).toBe(true);
    transport.say({ type: 'look', visible: false });
    transport.close('gone');
    await clock.advance(20_000);
    expect(core.state.watched).toBe(false);
    expect(clock.pendingTimers).toBe(0);
    expect(transport.sent).toHaveLength(1);
  });
});

describe('calls', () => {
  it('parses, runs and answers', async () => {
    const { transport, core, clock } = setup();
    transport.say({ type: 'call', id: 1, method: 'pool.resize', params: { size: 5 } });
    transport.say({ type: 'call', id: 2, method: 'health.get' });
    await clock.advance(0);
    expect(transport.sent.slice(1)).toEqual([
      { type: 'result', id: 1, value: { target: 5 } },
      { type: 'result', id: 2, value: fakeHealth },
    ]);
    expect(core.calls.map((call) => call.params)).toEqual([{ size: 5 }, {}]);
  });

  it.each([
    ['a wrong type', 'pool.resize', { size: 'many' }, { code: 'bad-request', field: 'size', message: 'size must be a number, got "many"' }],
    ['null', 'turn.create', { sessionId: 's', text: null }, { code: 'bad-request', field: 'text', message: 'text must be a string, got null' }],
    ['an unknown method', 'pool.explode', {}, { code: 'not-found' }],
    ['a method of every object', 'constructor', {}, { code: 'not-found' }],
    ['an expected failure', 'session.get', { id: 'nobody' }, { code: 'not-found', message: 'there is no session nobody' }],
  ])('answers %s with an error that says why', async (_name, method, params, error) => {
    const { transport, clock } = setup();
    transport.say({ type: 'call', id: 7, method, params });
    await clock.advance(0);
    expect(transport.sent[1]).toMatchObject({ type: 'error', id: 7, error });
    expect(transport.reasons).toEqual([]);
  });

  it('hides the text of an unexpected failure and logs it', async () => {
    const { transport, clock, errors } = setup({
      'health.get': async () => {
        throw new Error('canary-secret');
      },
    });
    transport.say({ type: 'call', id: 1, method: 'health.get', params: {} });
    await clock.advance(0);
    expect(transport.sent[1]).toMatchObject({ type: 'error', error: { code: 'internal' } });
    expect(JSON.stringify(transport.sent)).not.toContain('canary-secret');
    expect(errors).toHaveLength(1);
  });

  it('wants a hello first', async () => {
    const { transport, core, clock } = setup({}, false);
    transport.say({ type: 'call', id: 1, method: 'health.get', params: {} });
    await clock.advance(0);
    expect(transport.sent).toMatchObject([{ type: 'error', id: 1, error: { code: 'protocol' } }]);
    expect(core.calls).toEqual([]);
  });

  it('cancels one call and leaves the others', async () => {
    const { transport, core, clock } = setup({ 'health.get': waiting, 'pool.get': waiting });
    transport.say({ type: 'call', id: 1, method: 'health.get', params: {} });
    transport.say({ type: 'call', id: 2, method: 'pool.get', params: {} });
    transport.say({ type: 'cancel', id: 1 });
    transport.say({ type: 'cancel', id: 99 });
    await clock.advance(0);
    expect(transport.sent.slice(1)).toMatchObject([{ type: 'error', id: 1, error: { code: 'cancelled' } }]);
    expect(core.calls.map((call) => call.signal.aborted)).toEqual([true, false]);
  });

  it('ends a call that never answers', async () => {
    const { transport, core, clock } = setup({ 'health.get': never });
    transport.say({ type: 'call', id: 1, method: 'health.get', params: {} });
    await clock.advance(30_000);
    expect(transport.sent.at(-1)).toMatchObject({ type: 'error', id: 1, error: { code: 'timeout' } });
    expect(core.calls[0]?.signal.aborted).toBe(true);
  });

  it('bounds what is in flight and refuses an id twice', async () => {
    const { transport, core, clock } = setup({ 'health.get': never });
    for (let id = 0; id <= maxCallsInFlight; id++) transport.say({ type: 'call', id, method: 'health.get', params: {} });
    transport.say({ type: 'call', id: 0, method: 'health.get', params: {} });
    await clock.advance(0);
    expect(core.calls).toHaveLength(maxCallsInFlight);
    expect(transport.sent.slice(1)).toMatchObject([
      { id: maxCallsInFlight, error: { code: 'rate-limited' } },
      { id: 0, error: { code: 'bad-request' } },
    ]);
  });
});

describe('bad peers', () => {
  it.each([
    ['no JSON', 'hello'],
    ['null', 'null'],
    ['an unknown type', { type: 'exec' }],
    ['a call without an id', { type: 'call', method: 'health.get' }],
    ['too long a frame', JSON.stringify({ type: 'call', id: 1, method: 'health.get', params: 'x'.repeat(maxClientFrameBytes) })],
    ['too many bytes in few characters', JSON.stringify({ type: 'call', id: 1, method: 'health.get', params: '漢'.repeat(maxClientFrameBytes / 2) })],
    ['too deep a frame', `{"type":"call","id":1,"method":"health.get","params":${'['.repeat(20_000)}${']'.repeat(20_000)}}`],
    ['a prototype', '{"type":"call","id":1,"method":"health.get","params":{"__proto__":{"polluted":true}}}'],
  ])('hangs up on %s', async (_name, frame) => {
    const { transport, core, clock } = setup();
    transport.say(frame);
    await clock.advance(0);
    expect(transport.reasons).toEqual(['protocol-error']);
    expect(transport.sent[1]).toMatchObject({ type: 'error', id: -1 });
    expect(core.calls).toEqual([]);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('cuts a reader with more than 1 MiB waiting', () => {
    const { transport, core } = setup();
    transport.buffered = 1024 ** 2 + 1;
    core.state.addSample(sample);
    expect(transport.reasons).toEqual(['slow-reader']);
  });

  it('cuts a reader that takes nothing for 5 s, not one that is merely slow', async () => {
    const slow = setup();
    for (slow.transport.buffered = 20_000; slow.transport.buffered > 0; slow.transport.buffered -= 1_000) await slow.clock.advance(1_000);
    expect(slow.transport.reasons).toEqual([]);
    const stuck = setup();
    stuck.transport.buffered = 20_000;
    await stuck.clock.advance(5_500);
    expect(stuck.transport.reasons).toEqual([]);
    await stuck.clock.advance(1_500);
    expect(stuck.transport.reasons).toEqual(['slow-reader']);
  });
});

describe('close', () => {
  it('aborts every call, ends the subscription and leaves no timer', async () => {
    const { transport, core, clock } = setup({ 'health.get': waiting });
    transport.say({ type: 'call', id: 1, method: 'health.get', params: {} });
    await clock.advance(0);
    transport.close('gone');
    await clock.advance(0);
    const before = transport.sent.length;
    core.state.addSample(sample);
    await clock.advance(2_000);
    expect(core.calls[0]?.signal.reason).toBeInstanceOf(RoostError);
    expect(transport.sent).toHaveLength(before);
    expect(clock.pendingTimers).toBe(0);
  });
});
