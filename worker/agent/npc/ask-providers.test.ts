import { describe, expect, test } from 'vitest';
import { silentLog } from '../../../core/base/log.js';
import { ManualClock } from '../../../core/base/manual-clock.js';
import type { Admission, HostLink, RequestEnd } from '../host-link.js';
import { KeptOutput, turnOf } from '../test-turn.js';
import { askProviders } from './ask-providers.js';

const provider = (name: string) => ({ name, baseUrl: `http://${name}/v1`, model: 'm', timeoutMs: 1_000 });
const stream = (...events: readonly object[]): Response =>
  new Response(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''), { headers: { 'content-type': 'text/event-stream' } });
const good = (): Response =>
  stream({ choices: [{ delta: { content: 'hello' }, finish_reason: 'stop' }] }, { choices: [], usage: { prompt_tokens: 9, completion_tokens: 2 } });

function setUp(answers: (url: string, body: { stream_options?: unknown }) => Response, admit: (provider: string, asked: number) => Admission) {
  const clock = new ManualClock();
  const ends: [string | null, RequestEnd][] = [];
  const asked: string[] = [];
  const host: HostLink = {
    acquire: async (name) => {
      asked.push(name);
      return admit(name, asked.filter((one) => one === name).length);
    },
    report: async (permit, end) => void ends.push([permit, end]),
  };
  const output = new KeptOutput();
  const run = (names: readonly string[], signal = new AbortController().signal) =>
    askProviders(turnOf('hi', { host, signal }), output, {
      clock,
      log: silentLog,
      providers: names.map(provider),
      fetch: (async (url: string, init: { body: string; signal: AbortSignal }) => {
        const answer = answers(url, JSON.parse(init.body));
        init.signal.throwIfAborted();
        return answer;
      }) as unknown as typeof fetch,
    });
  return { clock, ends, asked, output, run };
}
const yes: Admission = { granted: true, permit: 'p1' };

describe('asking the host first', () => {
  test('a provider that may not be asked is passed over, the reason is kept', async () => {
    const { run, ends } = setUp(good, (name) => (name === 'a' ? { granted: false, why: 'failed too often', waitMs: 60_000 } : yes));
    expect(await run(['a', 'b'])).toMatchObject({ answer: { provider: 'b', tokens: { input: 9, output: 2 } } });
    expect(ends).toMatchObject([['p1', { outcome: 'ok', inputTokens: 9, outputTokens: 2, estimated: false }]]);
  });

  test('none may be asked for long: the reasons of all', async () => {
    const { run } = setUp(good, () => ({ granted: false, why: 'is resting', waitMs: 60_000 }));
    expect(await run(['a', 'b'])).toEqual({ failures: ['a is resting', 'b is resting'] });
  });

  test('a short wait is waited for, once', async () => {
    const { run, clock, output } = setUp(good, (_, asked) => (asked === 1 ? { granted: false, why: 'is full', waitMs: 3_000 } : yes));
    const answer = run(['a']);
    await clock.advance(3_000);
    expect(await answer).toMatchObject({ answer: { provider: 'a' } });
    expect(output.steps[0]).toContain('Wait 3 s');
    const never = setUp(good, () => ({ granted: false, why: 'is full', waitMs: 3_000 }));
    const failed = never.run(['a']);
    await never.clock.advance(3_000);
    expect(await failed).toEqual({ failures: ['a is full'] });
  });

  test('a 429 is told with the time it asks for; a count that does not come is reckoned and marked', async () => {
    const { run, ends } = setUp(
      (url) =>
        url.startsWith('http://a')
          ? new Response('', { status: 429, headers: { 'retry-after': '7' } })
          : stream({ choices: [{ delta: { content: 'x'.repeat(40) }, finish_reason: 'stop' }] }),
      () => yes,
    );
    await run(['a', 'b']);
    expect(ends.map(([, end]) => end)).toMatchObject([
      { outcome: 'rate-limited', retryAfterMs: 7_000, inputTokens: 0 },
      { outcome: 'ok', outputTokens: 10, estimated: true },
    ]);
  });

  test('a strict endpoint is asked again without the wish for a count', async () => {
    const bodies: object[] = [];
    const { run } = setUp(
      (_, body) => {
        bodies.push(body);
        return body.stream_options === undefined ? good() : new Response('', { status: 400 });
      },
      () => yes,
    );
    expect(await run(['a'])).toMatchObject({ answer: { provider: 'a' } });
    expect(bodies).toHaveLength(2);
  });

  test('a cancelled request tells nothing about the provider', async () => {
    const abort = new AbortController();
    const { run, ends } = setUp(
      () => {
        abort.abort(new Error('enough'));
        return good();
      },
      () => yes,
    );
    await expect(run(['a'], abort.signal)).rejects.toThrow('enough');
    expect(ends).toMatchObject([['p1', { outcome: 'cancelled' }]]);
  });
});
