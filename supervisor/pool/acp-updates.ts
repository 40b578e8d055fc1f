import { z } from 'zod';
import type { SessionAbout } from '../../contract/session-about.js';
import { type ConfigOption, capabilitiesSchema, configOptionsSchema } from './acp-opened.js';

/** The parts of the Agent Client Protocol (v1) that Roost reads from an agent; everything else in a message is left alone. */

export const initializeAnswerSchema = z.object({
  protocolVersion: z.number(),
  agentCapabilities: capabilitiesSchema,
  authMethods: z
    .array(z.looseObject({ id: z.string(), name: z.string(), description: z.string().nullish(), args: z.array(z.string()).nullish() }))
    .max(100)
    .nullish()
    .catch(null),
});

export const promptAnswerSchema = z.object({
  stopReason: z.enum(['end_turn', 'max_tokens', 'max_turn_requests', 'refusal', 'cancelled']),
  usage: z
    .object({ inputTokens: z.number().min(0), outputTokens: z.number().min(0) })
    .nullish()
    .catch(null),
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
    // JSON-RPC 2.0, 4: may be left out.
    params: z.unknown().optional(),
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
const contentSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('content'), content: z.looseObject({ type: z.string(), text: z.string().optional() }) }),
  z.object({ type: z.literal('diff'), path: z.string(), oldText: z.string().nullish(), newText: z.string() }),
  z.object({ type: z.literal('terminal'), terminalId: z.string() }),
]);
const toolParts = {
  toolCallId: z.string(),
  kind: z.string().nullish(),
  status: z.string().nullish(),
  content: z.array(contentSchema).max(1_000).nullish(),
  locations: z
    .array(z.object({ path: z.string(), line: z.number().nullish() }))
    .max(1_000)
    .nullish(),
};
const toolCallSchema = z.object({ ...toolParts, title: z.string() });
const toolCallUpdateSchema = z.object({ ...toolParts, title: z.string().nullish() });
const planSchema = z.object({ entries: z.array(z.object({ content: z.string(), status: z.string() })).max(1_000) });

export type ToolContent = z.infer<typeof contentSchema>;
const modeSchema = z.object({ currentModeId: z.string() });
const optionsSchema = z.object({ configOptions: configOptionsSchema });
const commandSchema = z.object({ name: z.string(), description: z.string() });
const commandsSchema = z.object({ availableCommands: z.array(z.unknown()).max(10_000).catch([]) });
const infoSchema = z.object({ title: z.string().nullish().catch(undefined) });
const usageSchema = z.object({
  used: z.number().min(0),
  size: z.number().min(0),
  cost: z.object({ amount: z.number(), currency: z.string() }).nullish().catch(null),
});
const noticeSchema = z.object({ severity: z.string(), title: z.string(), description: z.string().nullish().catch(null) });
const compactionSchema = z.object({ status: z.string(), error: z.string().nullish().catch(null) });
const maxCommands = 100;
const short = (text: string, most: number): string => text.replace(/\s+/g, ' ').trim().slice(0, most);

export type AgentUpdate =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'tool';
      readonly id: string;
      readonly title: string | null;
      readonly status: string | null;
      readonly tool: string | null;
      /** Null where the update leaves it as it was. */
      readonly places: readonly string[] | null;
      readonly content: readonly ToolContent[] | null;
    }
  | { readonly kind: 'plan'; readonly entries: readonly { readonly content: string; readonly status: string }[] }
  | { readonly kind: 'mode'; readonly mode: string }
  | { readonly kind: 'options'; readonly options: readonly ConfigOption[] }
  /** What it tells of its session. */
  | { readonly kind: 'about'; readonly about: SessionAbout }
  | { readonly kind: 'thought'; readonly text: string }
  /** Something for the timeline: a notice, or what became of a context that was full. */
  | { readonly kind: 'note'; readonly step: 'notice' | 'compaction'; readonly text: string }
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
      return { kind: 'text', text: textOf(chunk.data.content) };
    }
    case 'tool_call': {
      const call = toolCallSchema.safeParse(update);
      return call.success ? { ...toolOf(call.data), status: call.data.status ?? 'pending' } : firstIssue(call.error);
    }
    case 'tool_call_update': {
      const call = toolCallUpdateSchema.safeParse(update);
      return call.success ? toolOf(call.data) : firstIssue(call.error);
    }
    case 'plan': {
      const plan = planSchema.safeParse(update);
      if (!plan.success) return firstIssue(plan.error);
      return { kind: 'plan', entries: plan.data.entries };
    }
    case 'current_mode_update': {
      const mode = modeSchema.safeParse(update);
      return mode.success ? { kind: 'mode', mode: mode.data.currentModeId } : firstIssue(mode.error);
    }
    case 'agent_thought_chunk': {
      const chunk = chunkSchema.safeParse(update);
      return chunk.success ? { kind: 'thought', text: chunk.data.content.type === 'text' ? (chunk.data.content.text ?? '') : '' } : firstIssue(chunk.error);
    }
    case 'config_option_update': {
      const options = optionsSchema.safeParse(update);
      return options.success ? { kind: 'options', options: options.data.configOptions ?? [] } : firstIssue(options.error);
    }
    default:
      return readAbout(kind, update);
  }
}

/** What an agent tells of its session besides the turn. A broken one is passed over: nothing hangs on it. */
function readAbout(kind: string, update: unknown): AgentUpdate {
  const about = (facts: SessionAbout): AgentUpdate => ({ kind: 'about', about: facts });
  if (kind === 'available_commands_update') {
    const read = commandsSchema.safeParse(update).data?.availableCommands.slice(0, maxCommands) ?? [];
    const commands = read.flatMap((one) => commandSchema.safeParse(one).data ?? []);
    return about({ commands: commands.map(({ name, description }) => ({ name: short(name, 100), description: short(description, 300) })) });
  }
  if (kind === 'session_info_update') {
    const { title } = infoSchema.safeParse(update).data ?? {};
    return title === undefined ? { kind: 'other' } : about({ title: title === null ? null : short(title, 200) });
  }
  if (kind === 'usage_update') {
    const usage = usageSchema.safeParse(update).data;
    if (usage === undefined) return { kind: 'other' };
    const { used, size, cost } = usage;
    return about({ context: { used, size }, ...(cost == null ? {} : { cost: { amount: cost.amount, currency: short(cost.currency, 10) } }) });
  }
  if (kind === 'notice') {
    const notice = noticeSchema.safeParse(update).data;
    if (notice === undefined) return { kind: 'other' };
    const more = notice.description == null ? '' : `: ${notice.description}`;
    return { kind: 'note', step: 'notice', text: short(`${notice.severity}, ${notice.title}${more}`, 500) };
  }
  if (kind === 'compaction_update') {
    const compaction = compactionSchema.safeParse(update).data;
    if (compaction === undefined) return { kind: 'other' };
    const why = compaction.error == null ? '' : `: ${compaction.error}`;
    return { kind: 'note', step: 'compaction', text: short(`the agent shortens what it remembers, ${compaction.status.replaceAll('_', ' ')}${why}`, 500) };
  }
  return { kind: 'other' };
}

/** Roost shows text; whatever else comes is named, so that nobody waits for it. */
function textOf(content: z.infer<typeof chunkSchema>['content']): string {
  const field = (name: string): string => (typeof content[name] === 'string' ? content[name] : '');
  if (content.type === 'text') return content.text ?? '';
  if (content.type === 'resource_link') return `[${field('name') || 'link'}](${field('uri')})`;
  if (content.type === 'resource') {
    const resource: unknown = content['resource'];
    const text: unknown = typeof resource === 'object' && resource !== null ? Reflect.get(resource, 'text') : undefined;
    if (typeof text === 'string') return text;
  }
  const what = content.type === 'image' ? 'an image' : content.type === 'audio' ? 'a sound' : 'something that is no text';
  return `\n[The agent sent ${what}: Roost shows text only.]\n`;
}

function toolOf(call: z.infer<typeof toolCallUpdateSchema>): Extract<AgentUpdate, { kind: 'tool' }> {
  return {
    kind: 'tool',
    id: call.toolCallId,
    title: call.title ?? null,
    status: call.status ?? null,
    tool: call.kind ?? null,
    places: call.locations?.map(({ path, line }) => (line == null ? path : `${path}:${line}`)) ?? null,
    content: call.content ?? null,
  };
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  return issue === undefined ? 'unknown' : `${issue.path.join('.') || 'value'}: ${issue.message}`;
}
