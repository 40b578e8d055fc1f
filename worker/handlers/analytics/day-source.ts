import { turnTimingsSchema } from '../../../contract/turn-timings.js';
import type { HandlerTools } from '../../../core/jobs/handler.js';
import { queuesOf } from '../cleanup/old-jobs.js';
import { keysLike, literally, readFields } from '../cleanup/sweep.js';
import type { DayFigures, TurnFacts } from './day-figures.js';

export interface DaySpan {
  readonly fromMs: number;
  readonly toMs: number;
}

const terminal: ReadonlySet<string> = new Set(['done', 'failed', 'cancelled']);
const turnFields = ['status', 'arm', 'intent', 'sessionId', 'createdAt', 'endedAt', 'reward', 'timings'] as const;
const numberOf = (text: string | null | undefined): number | null =>
  text === null || text === undefined || !Number.isFinite(Number(text)) ? null : Number(text);

/** Waiting for a person is nobody's latency. */
function humanMsOf(timings: string | null | undefined): number {
  try {
    return turnTimingsSchema.parse(JSON.parse(timings ?? '')).humanMs ?? 0;
  } catch {
    return 0;
  }
}

/** The turns that were accepted in the span and have ended. */
export async function turnsOf(span: DaySpan, tools: Pick<HandlerTools, 'redis' | 'keys'>, signal: AbortSignal, moved: () => void): Promise<TurnFacts[]> {
  const { redis, keys } = tools;
  const prefix = keys.turn('');
  const found = new Map<string, TurnFacts & { readonly session: string }>();
  for await (const page of keysLike(redis, `${literally(prefix)}*`, 'hash', signal)) {
    const own = page.filter((key) => !key.slice(prefix.length).includes(':'));
    const rows = await readFields(redis, own, turnFields);
    for (const [index, key] of own.entries()) {
      const [status, arm, intent, session, createdAt, endedAt, reward, timings] = rows[index] ?? [];
      const createdMs = numberOf(createdAt);
      if (createdMs === null || createdMs < span.fromMs || createdMs >= span.toMs) continue;
      if (typeof status !== 'string' || !terminal.has(status) || typeof session !== 'string') continue;
      const endedMs = numberOf(endedAt);
      const totalMs = endedMs === null ? null : Math.max(0, endedMs - createdMs - humanMsOf(timings));
      found.set(key, {
        status,
        arm: arm ?? null,
        intent: intent ?? null,
        template: '(unknown)',
        user: '(unknown)',
        session,
        totalMs,
        reward: numberOf(reward),
      });
    }
    moved();
  }
  const turns = [...found.values()];
  const sessions = [...new Set(turns.map(({ session }) => session))];
  const facts = new Map<string, { template: string; user: string }>();
  for (let at = 0; at < sessions.length; at += 500) {
    const part = sessions.slice(at, at + 500);
    const rows = await readFields(
      redis,
      part.map((id) => keys.session(id)),
      ['template', 'userId'],
    );
    for (const [index, id] of part.entries()) facts.set(id, { template: rows[index]?.[0] ?? '(unknown)', user: rows[index]?.[1] ?? '(unknown)' });
    moved();
  }
  return turns.map((turn) => ({ ...turn, ...facts.get(turn.session) }));
}

/** Jobs that ended in the span, as far as the queues still keep them. */
export async function jobsOf(span: DaySpan, tools: Pick<HandlerTools, 'redis' | 'keys'>, signal: AbortSignal): Promise<DayFigures['jobs']> {
  const { redis, keys } = tools;
  const jobs: Record<string, { completed: number; failed: number }> = {};
  for (const name of await queuesOf({ redis, keys, signal })) {
    const count = (state: string): Promise<number> => redis.zcount(`${keys.bull}:${name}:${state}`, span.fromMs, `(${span.toMs}`);
    const [completed, failed] = [await count('completed'), await count('failed')];
    if (completed + failed > 0) jobs[name] = { completed, failed };
  }
  return jobs;
}
