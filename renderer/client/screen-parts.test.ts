import { describe, expect, it } from 'vitest';
import type { Sample, SessionView } from '../../contract/state.js';
import { matchingSessions } from '../pages/sessions/session-filter.js';
import { visibleRows } from '../ui/visible-rows.js';
import { emptyTail, type LogLine, matching, withAnswer } from './log-lines.js';
import { longPoll } from './long-poll.js';
import { reconnectDelayMs, reconnectPolicy } from './reconnect.js';
import { showsRestarting } from './restarting.js';
import { hrefTo, routeFrom } from './route.js';
import { ticketFrom } from './sign-in.js';
import { maxSamples, withSample } from './store.js';

const line = (seq: number, text = `line ${seq}`): LogLine => ({ seq, atMs: seq, stream: 'out', text });
const sample = (atMs: number): Sample => ({
  atMs,
  queues: {},
  pool: { ready: 0, target: 0, starting: 0, assigned: 0 },
  turnsDone: 0,
  turnsFailed: 0,
  turnP50Ms: null,
  rssBytes: null,
});

describe('reconnectDelayMs', () => {
  it('grows to its cap, within the jitter, for any attempt', () => {
    const policy = { firstMs: 400, factor: 2, capMs: 10_000, jitter: 0.25 };
    expect([0, 1, 2, 10].map((attempt) => reconnectDelayMs(policy, attempt, 0.5))).toEqual([400, 800, 1_600, 10_000]);
    expect([reconnectDelayMs(policy, 1, 0), reconnectDelayMs(policy, 1, 1)]).toEqual([600, 1_000]);
    for (const attempt of [-1, 0, 1e9, Number.MAX_SAFE_INTEGER]) expect(reconnectDelayMs(reconnectPolicy, attempt, 0.9)).toBeLessThanOrEqual(12_500);
  });
});

describe('the log tail', () => {
  it('joins answers without repeating a line; the host counts what was dropped from its start on', () => {
    const first = withAnswer(emptyTail, { lines: [line(1), line(2)], dropped: 3 });
    const second = withAnswer(first, { lines: [line(2), line(3)], dropped: 4 });
    expect(second.lines.map((one) => one.seq)).toEqual([1, 2, 3]);
    expect(second).toMatchObject({ dropped: 4, nextAfterSeq: 3 });
  });
  it('keeps its identity when nothing is new, so that nothing is drawn', () => {
    const tail = withAnswer(emptyTail, { lines: [line(1)], dropped: 0 });
    expect(withAnswer(tail, { lines: [], dropped: 0 })).toBe(tail);
    expect(withAnswer(tail, { lines: [line(1)], dropped: 0 })).toBe(tail);
  });
  it('lets the oldest lines go', () => {
    const tail = withAnswer(emptyTail, { lines: [1, 2, 3, 4, 5].map((seq) => line(seq)), dropped: 0 }, 3);
    expect(tail.lines.map((one) => one.seq)).toEqual([3, 4, 5]);
    expect(tail.nextAfterSeq).toBe(5);
  });
  it('is searched without regard to case, and as plain text', () => {
    const lines = [line(1, 'Redis ready'), line(2, 'a.b'), line(3, 'axb')];
    expect(matching(lines, ' REDIS ').map((one) => one.seq)).toEqual([1]);
    expect(matching(lines, 'a.b').map((one) => one.seq)).toEqual([2]);
    expect(matching(lines, '  ')).toBe(lines);
  });
});

describe('visibleRows', () => {
  it.each([
    [1_000, 0, 200, { from: 0, to: 22 }],
    [1_000, 4_000, 200, { from: 188, to: 222 }],
    [1_000, 19_800, 200, { from: 978, to: 1_000 }],
    [5, 19_800, 200, { from: 5, to: 5 }],
    [0, 0, 200, { from: 0, to: 0 }],
  ])('%s rows scrolled to %s', (count, scrollPx, viewPx, rows) => expect(visibleRows(count, 20, scrollPx, viewPx)).toEqual(rows));
});

describe('samples', () => {
  it('are kept up to a limit, and only newer ones are added', () => {
    const full = Array.from({ length: maxSamples }, (_, index) => sample(index));
    const next = withSample(full, sample(maxSamples));
    expect(next).toHaveLength(maxSamples);
    expect(next[0]?.atMs).toBe(1);
    expect(withSample(next, sample(5))).toBe(next);
  });
});

describe('showsRestarting', () => {
  const asked = { incarnation: 3, askedAtMs: 1_000 };
  it('from the click until the host shows the restart', () => {
    expect(showsRestarting(undefined, { incarnation: 3, state: 'running' }, 1_001)).toBe(false);
    expect(showsRestarting(asked, { incarnation: 3, state: 'running' }, 1_001)).toBe(true);
    expect(showsRestarting(asked, { incarnation: 3, state: 'quarantined' }, 1_001)).toBe(true);
    expect(showsRestarting(asked, { incarnation: 3, state: 'stopping' }, 1_001)).toBe(false);
    expect(showsRestarting(asked, { incarnation: 4, state: 'running' }, 1_001)).toBe(false);
  });
  it('not for ever', () => expect(showsRestarting(asked, { incarnation: 3, state: 'running' }, 60_000)).toBe(false));
});

describe('routes', () => {
  it.each([
    ['', { page: 'overview', item: null }],
    ['#/processes', { page: 'processes', item: null }],
    ['#/sessions/a%20b%2Fc', { page: 'sessions', item: 'a b/c' }],
    ['#/nowhere', { page: 'overview', item: null }],
    ['#/logs/%E0%A4%A', { page: 'logs', item: null }],
    ['#/constructor', { page: 'overview', item: null }],
    ['#/queues/trends/repeat:x:1', { page: 'queues', item: 'trends/repeat:x:1' }],
  ])('%s', (hash, route) => expect(routeFrom(hash)).toEqual(route));
  it('lead back to where they came from', () => expect(routeFrom(hrefTo('sessions', 'ü/#?%'))).toEqual({ page: 'sessions', item: 'ü/#?%' }));
});

it('reads the ticket from the fragment only when there is one', () => {
  expect([ticketFrom('#ticket=a-b_c'), ticketFrom('#ticket='), ticketFrom('#/sessions'), ticketFrom('')]).toEqual(['a-b_c', null, null, null]);
});

it('filters sessions by openness and text, latest activity first', () => {
  const session = (id: string, part: Partial<SessionView>): SessionView => ({
    id,
    userId: id,
    status: 'ready',
    agentId: null,
    agentPid: null,
    template: 'builtin',
    tier: 'free',
    createdAt: 1,
    startupMs: null,
    prewarmed: null,
    lastTurnAt: null,
    turns: 0,
    ...part,
  });
  const sessions = [
    session('alice', { lastTurnAt: 5 }),
    session('bob', { status: 'ended', lastTurnAt: 9 }),
    session('carol', { agentId: 'agent-7', createdAt: 7 }),
  ];
  expect(matchingSessions(sessions, 'open', '').map((one) => one.id)).toEqual(['carol', 'alice']);
  expect(matchingSessions(sessions, 'ended', '').map((one) => one.id)).toEqual(['bob']);
  expect(matchingSessions(sessions, 'all', 'AGENT-7').map((one) => one.id)).toEqual(['carol']);
});

it('a long poll asks again after an answer, pauses after a failure and ends with its signal', async () => {
  const stop = new AbortController();
  const pauses: number[] = [];
  const seen: string[] = [];
  let asked = 0;
  await longPoll({
    clock: {
      nowMs: () => 0,
      random: () => 0,
      after: (delayMs, task) => {
        pauses.push(delayMs);
        queueMicrotask(task);
        return () => {};
      },
    },
    signal: stop.signal,
    ask: async () => {
      asked += 1;
      if (asked === 2) throw new Error('away');
      if (asked === 4) stop.abort();
      return asked;
    },
    onAnswer: (answer) => void seen.push(`answer ${answer}`),
    onFailure: (error) => void seen.push(String(error)),
  });
  expect(seen).toEqual(['answer 1', 'Error: away', 'answer 3']);
  expect(pauses).toEqual([1_500]);
  expect(asked).toBe(4);
});
