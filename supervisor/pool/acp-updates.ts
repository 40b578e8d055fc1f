import { z } from 'zod';

/** The parts of the Agent Client Protocol (v1) that Roost reads from an agent; everything else in a message is left alone. */

export const initializeAnswerSchema = z.object({ protocolVersion: z.number() });

export const newSessionAnswerSchema = z.object({
  sessionId: z.string().min(1).max(1_024),
  modes: z.object({ currentModeId: z.string(), availableModes: z.array(z.object({ id: z.string() })).max(1_000) }).nullish(),
});

export const promptAnswerSchema = z.object({
  stopReason: z.enum(['end_turn', 'max_tokens', 'max_turn_requests', 'refusal', 'cancelled']),
  _meta: z
    .object({
      roost: z
        .object({ provider: z.string().max(200).nullish() })
        .nullish()
        .catch(null),
    })
    .nullish()
    .catch(null),
});

/** One JSON-RPC 2.0 message; batches are not part of ACP. */
export const envelopeSchema = z.union([
  z.object({
    jsonrpc: z.literal('2.0'),
    method: z.string().max(200),
    id: z.union([z.string().max(200), z.number(), z.null()]).optional(),
    params: z.unknown(),
  }),
  z
    .object({ jsonrpc: z.literal('2.0'), id: z.union([z.string().max(200), z.number(), z.null()]), result: z.unknown() })
    .refine((message) => 'result' in message, 'needs a result'),
  z.object({
    jsonrpc: z.literal('2.0'),
    id: z.union([z.string().max(200), z.number(), z.null()]),
    error: z.object({ code: z.number(), message: z.string(), data: z.unknown().optional() }),
  }),
]);

const notificationSchema = z.object({ sessionId: z.string(), update: z.looseObject({ sessionUpdate: z.string() }) });
const chunkSchema = z.object({
  content: z
    .looseObject({ type: z.string(), text: z.string().optional() })
    .refine((content) => content.type !== 'text' || content.text !== undefined, 'text is missing'),
});
const toolCallSchema = z.object({ toolCallId: z.string(), title: z.string(), status: z.string().nullish() });
const toolCallUpdateSchema = z.object({ toolCallId: z.string(), title: z.string().nullish(), status: z.string().nullish() });
const planSchema = z.object({ entries: z.array(z.object({ content: z.string(), status: z.string() })).max(1_000) });

export type AgentUpdate =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'tool'; readonly id: string; readonly title: string | null; readonly status: string | null }
  | { readonly kind: 'plan'; readonly done: number; readonly total: number; readonly current: string | null }
  | { readonly kind: 'other' };

/** What a `session/update` says; a known kind with a broken shape is a violation, an unknown kind is a newer agent. */
export function readUpdate(params: unknown): { readonly sessionId: string; readonly update: AgentUpdate } | { readonly violation: string } {
  const envelope = notificationSchema.safeParse(params);
  if (!envelope.success) return { violation: `session/update is malformed: ${firstIssue(envelope.error)}` };
  const { sessionId, update } = envelope.data;
  const parsed = readKind(update.sessionUpdate, update);
  return typeof parsed === 'string' ? { violation: `session/update ${update.sessionUpdate} is malformed: ${parsed}` } : { sessionId, update: parsed };
}

function readKind(kind: string, update: unknown): AgentUpdate | string {
  switch (kind) {
    case 'agent_message_chunk': {
      const chunk = chunkSchema.safeParse(update);
      if (!chunk.success) return firstIssue(chunk.error);
      const { type, text } = chunk.data.content;
      return type === 'text' && text !== undefined ? { kind: 'text', text } : { kind: 'other' };
    }
    case 'tool_call': {
      const call = toolCallSchema.safeParse(update);
      return call.success ? { kind: 'tool', id: call.data.toolCallId, title: call.data.title, status: call.data.status ?? 'pending' } : firstIssue(call.error);
    }
    case 'tool_call_update': {
      const call = toolCallUpdateSchema.safeParse(update);
      return call.success
        ? { kind: 'tool', id: call.data.toolCallId, title: call.data.title ?? null, status: call.data.status ?? null }
        : firstIssue(call.error);
    }
    case 'plan': {
      const plan = planSchema.safeParse(update);
      if (!plan.success) return firstIssue(plan.error);
      const done = plan.data.entries.filter(({ status }) => status === 'completed').length;
      const current = plan.data.entries.find(({ status }) => status === 'in_progress')?.content ?? null;
      return { kind: 'plan', done, total: plan.data.entries.length, current };
    }
    default:
      return { kind: 'other' };
  }
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  return issue === undefined ? 'unknown' : `${issue.path.join('.') || 'value'}: ${issue.message}`;
}
