import { z } from 'zod';
import { decisionKinds, type Span, spanSchema, type TurnView, turnStatuses } from '../../contract/state.js';
import { turnTimingsSchema } from '../../contract/turn-timings.js';
import { turnWorkSchema } from '../../contract/turn-work.js';

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

const json = <T>(schema: z.ZodType<T>, fallback: T) =>
  z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: 'custom', message: 'is not JSON' });
        return z.NEVER;
      }
    })
    .pipe(schema)
    .catch(fallback);

const number = z.string().min(1).transform(Number).pipe(z.number());
const optionalNumber = number.nullable().catch(null);
const optionalText = z.string().nullable().catch(null);
const noTimings = { queueMs: null, chooseMs: null, agentMs: null, totalMs: null };

/** Identity and status must be whole; a damaged side field costs that field only, never the turn. */
const recordSchema = z.object({
  id: z.string().min(1),
  sessionId: z.string().min(1),
  status: z.enum(turnStatuses),
  prompt: z.string(),
  text: z.string().catch(''),
  intent: optionalText,
  arm: optionalText,
  propensity: optionalNumber,
  decisionKind: z.enum(decisionKinds).nullable().catch(null),
  provider: optionalText,
  progress: optionalText,
  suggestion: optionalText,
  rating: optionalNumber,
  reward: optionalNumber,
  error: json(z.object({ code: z.string(), message: z.string() }).nullable(), null),
  note: z.string().optional(),
  attempts: number.pipe(z.int()).catch(0),
  createdAt: number,
  startedAt: optionalNumber,
  endedAt: optionalNumber,
  timings: json(turnTimingsSchema, noTimings),
  trace: json(z.array(spanSchema), []),
  agentTrace: json(z.array(spanSchema), []),
  work: json(turnWorkSchema.nullable(), null).optional(),
});

/** The turn of one HGETALL answer (flat list of fields and values); undefined when it is missing or its identity is damaged. */
export function decodeTurn(flat: readonly string[]): TurnView | undefined {
  const hash: Record<string, string> = {};
  for (let at = 0; at + 1 < flat.length; at += 2) hash[flat[at] as string] = flat[at + 1] as string;
  const parsed = recordSchema.safeParse(hash);
  if (!parsed.success) return undefined;
  const { agentTrace, note, ...turn } = parsed.data;
  return { ...turn, ...(note === undefined ? {} : { note }), trace: mergeTraces(turn.trace, agentTrace) };
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
