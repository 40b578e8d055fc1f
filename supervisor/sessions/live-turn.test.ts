import { describe, expect, it } from 'vitest';
import type { Span } from '../../contract/state.js';
import { silentLog } from '../../core/base/log.js';
import { ManualClock } from '../../core/base/manual-clock.js';
import { LiveTurn } from './live-turn.js';
import { TurnFeed } from './turn-feed.js';

function setup() {
  const clock = new ManualClock(1_000);
  const redis = { away: false };
  const written: { texts: string[]; notes: string[] } = { texts: [], notes: [] };
  const turns = {
    patch: async (_id: string, { text }: { text?: string }) => {
      if (redis.away) throw new Error('Connection is closed.');
      written.texts.push(text ?? '');
      return undefined;
    },
    setAgentTrace: async (_id: string, spans: readonly Span[]) => {
      if (redis.away) throw new Error('Connection is closed.');
      written.notes = spans.map(({ note }) => note ?? '');
      return undefined;
    },
  };
  const live = new LiveTurn({ turnId: 't1', createdAtMs: 0, turns, feed: new TurnFeed({ clock }), clock, log: silentLog });
  return { clock, redis, written, live };
}

describe('LiveTurn', () => {
  it('writes output at most four times a second, the newest only', async () => {
    const { clock, live, written } = setup();
    for (let n = 0; n < 20; n++) {
      live.output({ text: `text ${n}`, progress: null });
      await clock.advance(50);
    }
    expect(written.texts.length).toBeLessThanOrEqual(4);
    await live.finish();
    expect(written.texts.at(-1)).toMatch(/^text 1[4-9]$/);
  });

  it('the death of an agent was missing in the trace when Redis was away at that moment: now it comes later', async () => {
    const { clock, live, redis, written } = setup();
    redis.away = true;
    live.note('agent-died', 'agent-1: killed');
    await clock.advance(600);
    await live.finish();
    expect(written.notes).toEqual([]);
    await clock.advance(5_000);
    redis.away = false;
    await clock.advance(1_000);
    expect(written.notes).toEqual(['agent-1: killed']);
  });

  it('gives up after a minute without Redis', async () => {
    const { clock, live, redis, written } = setup();
    redis.away = true;
    live.note('agent-died', 'agent-1: killed');
    await live.finish();
    await clock.advance(61_000);
    redis.away = false;
    await clock.advance(600_000);
    expect(written.notes).toEqual([]);
  });
});
