import { describe, expect, it } from 'vitest';
import type { Span } from '../../contract/state.js';
import { silentLog } from '../../core/base/log.js';
import { ManualClock } from '../../core/base/manual-clock.js';
import { LiveTurn } from './live-turn.js';
import { TurnFeed } from './turn-feed.js';

function setup() {
  const clock = new ManualClock(1_000);
  const redis = { away: false };
  const gate = { shut: false, open: (): void => undefined };
  const written: { texts: string[]; notes: string[] } = { texts: [], notes: [] };
  const turns = {
    patch: async (_id: string, { text }: { text?: string }) => {
      if (redis.away) throw new Error('Connection is closed.');
      if (gate.shut)
        await new Promise<void>((resolve) => {
          gate.open = () => {
            gate.shut = false;
            resolve();
          };
        });
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
  return { clock, redis, written, live, gate };
}

const tool = (id: string, kind: string, status: string) => ({ id, title: id, kind, status, places: [], text: null, diffs: [] });
const work = (...tools: ReturnType<typeof tool>[]) => ({ plan: [], tools, more: 0, tokens: null });

describe('LiveTurn', () => {
  it('a command begun in the quarter of a second before a SIGKILL of Roost was not known afterwards: now it is written at once', async () => {
    const { clock, live, written } = setup();
    live.output({ text: 'I will', progress: null, work: work(tool('look', 'read', 'in_progress'), tool('rm', 'execute', 'pending')) });
    await clock.advance(0);
    expect(written.texts).toEqual([]);
    live.output({ text: 'I will now', progress: null, work: work(tool('rm', 'execute', 'in_progress')) });
    await live.written();
    expect(written.texts).toEqual(['I will now']);
    // Known already: it goes the slow way.
    live.output({ text: 'done', progress: null, work: work(tool('rm', 'execute', 'completed')) });
    await clock.advance(0);
    expect(written.texts).toHaveLength(1);
    live.output({ text: 'more', progress: null, work: work(tool('rm', 'execute', 'completed'), tool('odd', '', 'completed')) });
    await clock.advance(0);
    expect(written.texts).toEqual(['I will now', 'more']);
    await live.finish();
    expect(clock.pendingTimers).toBe(0);
  });

  it('what began while another write was under way is written right after it', async () => {
    const { clock, live, written, gate } = setup();
    gate.shut = true;
    live.output({ text: 'a', progress: null, work: work(tool('one', 'edit', 'in_progress')) });
    live.output({ text: 'b', progress: null, work: work(tool('one', 'edit', 'in_progress'), tool('two', 'edit', 'in_progress')) });
    let stands = false;
    void live.written().then(() => (stands = true));
    await clock.advance(0);
    expect(stands).toBe(false);
    gate.open();
    await clock.advance(0);
    expect(written.texts.at(-1)).toBe('b');
    expect(stands).toBe(true);
  });

  it('while a person thinks nothing counts as slow', async () => {
    const { clock, live } = setup();
    live.asked();
    live.output({ text: '', progress: null, work: work(tool('rm', 'execute', 'in_progress')) });
    await clock.advance(3_000);
    live.waiting(true);
    await clock.advance(600_000);
    live.waiting(false);
    await clock.advance(2_000);
    expect(live.standing).toMatchObject({ askedForMs: 5_000, silentForMs: 2_000 });
    expect(live.standing.runningForMs('rm')).toBe(5_000);
    await live.finish();
  });

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
