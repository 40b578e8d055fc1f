import { z } from 'zod';
import { decisionKinds, type Span, spanSchema, type TurnView, turnStatuses } from '../../contract/state.js';
import { turnTimingsSchema } from '../../contract/turn-timings.js';
import { turnWorkSchema } from '../../contract/turn-work.js';
import { type Fields, fieldsOf, jsonOf, numberOf, oneOf } from './fields.js';

/** How the step `agent` ended in the trace of a turn that was put back for want of an agent. */
export const noAgentNote = 'no agent';

/**
 * A turn as a flat hash: texts and numbers as they are, `error`, `timings` and the traces as JSON,
 * a missing field for null. `agentTrace` holds the spans of the supervisor apart from `trace` of the
 * worker, because the two write at the same time and each writes its list whole.
 */
export type TurnFields = Partial<Omit<TurnView, 'id' | 'sessionId' | 'prompt' | 'createdAt'>> & { readonly agentTrace?: readonly Span[] };

/** Pairs of field and value to write (lists and objects as JSON), and the fields to drop because they became null. */
export function encodeFields(fields: Readonly<Record<string, unknown>>): { readonly set: string[]; readonly drop: string[] } {
  const set: string[] = [];
  const drop: string[] = [];
  for (const [field, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    if (value === null) drop.push(field);
    else set.push(field, typeof value === 'object' ? JSON.stringify(value) : String(value));
  }
  return { set, drop };
}

const errorSchema = z.object({ code: z.string(), message: z.string() }).nullable();
const spansSchema = z.array(spanSchema);
const workSchema = turnWorkSchema.nullable();
const noTimings = { queueMs: null, chooseMs: null, agentMs: null, totalMs: null };

/** The turn of one HGETALL answer (flat list of fields and values); undefined when it is missing or its identity is damaged. */
export function decodeTurn(flat: readonly string[]): TurnView | undefined {
  return decodeTurnFields(fieldsOf(flat));
}

/** The same of a hash as it is. */
export function decodeTurnFields(hash: Fields): TurnView | undefined {
  const { id, sessionId, prompt, note } = hash;
  const status = oneOf(turnStatuses, hash['status']);
  const createdAt = numberOf(hash['createdAt']);
  // Identity and status must be whole; a damaged side field costs that field only, never the turn.
  if (!id || !sessionId || status === null || prompt === undefined || createdAt === null) return undefined;
  const attempts = numberOf(hash['attempts']);
  const own = jsonOf(spansSchema, hash['trace'], []);
  const other = jsonOf(spansSchema, hash['agentTrace'], []);
  return {
    id,
    sessionId,
    status,
    prompt,
    text: hash['text'] ?? '',
    intent: hash['intent'] ?? null,
    arm: hash['arm'] ?? null,
    propensity: numberOf(hash['propensity']),
    decisionKind: oneOf(decisionKinds, hash['decisionKind']),
    provider: hash['provider'] ?? null,
    progress: hash['progress'] ?? null,
    suggestion: hash['suggestion'] ?? null,
    rating: numberOf(hash['rating']),
    reward: numberOf(hash['reward']),
    error: jsonOf(errorSchema, hash['error'], null),
    ...(note === undefined ? {} : { note }),
    attempts: Number.isSafeInteger(attempts) ? (attempts ?? 0) : 0,
    createdAt,
    startedAt: numberOf(hash['startedAt']),
    endedAt: numberOf(hash['endedAt']),
    timings: jsonOf<TurnView['timings']>(turnTimingsSchema, hash['timings'], noTimings),
    trace: other.length === 0 ? own : mergeTraces(own, other),
    ...(hash['work'] === undefined ? {} : { work: jsonOf(workSchema, hash['work'], null) }),
  };
}

/** Spans of both writers by time, each once: a writer may have read the merged list and written it back. */
function mergeTraces(own: readonly Span[], other: readonly Span[]): Span[] {
  const seen = new Set<string>();
  const all: Span[] = [];
  for (const span of [...own, ...other]) {
    const mark = JSON.stringify([span.step, span.startMs, span.note]);
    if (seen.has(mark)) continue;
    seen.add(mark);
    all.push(span);
  }
  return all.sort((a, b) => a.startMs - b.startMs);
}
