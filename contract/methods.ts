import { z } from 'zod';
import { approvalMethods } from './approval-methods.js';
import { coordinatorMethods } from './coordinator-methods.js';
import { logMethods, processName, waitMs } from './log-methods.js';
import { loginMethods } from './login-methods.js';
import { queueMethods } from './queue-methods.js';
import { scheduleMethods } from './schedule-methods.js';
import { sessionMethods } from './session-methods.js';
import {
  backupSchema,
  backupsViewSchema,
  coordinatorViewSchema,
  healthSchema,
  holdLevels,
  holdViewSchema,
  incidentSchema,
  incidentSummarySchema,
  poolViewSchema,
  processViewSchema,
  quotaSchema,
  sessionStatuses,
  sessionViewSchema,
  turnStatuses,
  turnViewSchema,
} from './state.js';
import { workMethods } from './work-methods.js';

/**
 * Every call that crosses a process boundary. A method without a schema or without a handler does
 * not compile (see `Handlers` in supervisor/core.ts). Commands answer when accepted and recorded; the outcome is state.
 */

/** Printable without surprises in a log, a file name or a Redis key. */
const idSchema = z
  .string()
  .min(1)
  .max(128)
  .regex(/^(?!\.+$)[A-Za-z0-9._@+-]+$/, 'must be 1 to 128 of A-Z a-z 0-9 . _ @ + - and not only dots');
/** Lone surrogates cannot be stored as UTF-8: they would come back as another text. */
const wellFormed = (text: string): boolean => !/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(text);
const text = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((value) => value.trim().length > 0, 'must not be blank')
    .refine(wellFormed, 'must be well-formed Unicode (it holds half of a surrogate pair)');

export const maxPromptChars = 100_000;

export const methods = {
  'health.get': { params: z.strictObject({}), result: healthSchema },
  'process.list': { params: z.strictObject({}), result: z.object({ processes: z.array(processViewSchema) }) },
  'process.start': { params: z.strictObject({ name: processName }), result: z.object({ accepted: z.boolean(), message: z.string() }) },
  'process.stop': { params: z.strictObject({ name: processName }), result: z.object({ accepted: z.boolean(), message: z.string() }) },
  'process.restart': { params: z.strictObject({ name: processName }), result: z.object({ accepted: z.boolean(), message: z.string() }) },
  ...logMethods,
  'pool.get': { params: z.strictObject({}), result: poolViewSchema },
  'pool.resize': { params: z.strictObject({ size: z.number().int().min(0).max(100) }), result: z.object({ target: z.number() }) },
  'session.start': {
    params: z.strictObject({ userId: idSchema, template: idSchema.optional(), tier: z.enum(['free', 'basic', 'pro']).optional() }),
    result: z.object({
      sessionId: z.string(),
      status: z.enum(['ready', 'starting', 'waiting']),
      message: z.string(),
      prewarmed: z.boolean(),
      existing: z.boolean().optional(),
      latencyMs: z.number().optional(),
      taskId: z.string().optional(),
      estimatedWaitMs: z.number().optional(),
      position: z.number().optional(),
    }),
  },
  'session.get': { params: z.strictObject({ id: idSchema }), result: z.object({ session: sessionViewSchema }) },
  'session.stop': { params: z.strictObject({ sessionId: idSchema }), result: z.object({}) },
  'session.list': {
    params: z.strictObject({
      page: z.number().int().min(1).max(100_000).default(1),
      pageSize: z.number().int().min(1).max(200).default(50),
      status: z.enum(sessionStatuses).optional(),
    }),
    result: z.object({ sessions: z.array(sessionViewSchema), total: z.number(), page: z.number(), pageSize: z.number() }),
  },
  'session.logs': {
    params: z.strictObject({ id: idSchema, lines: z.number().int().min(1).max(5_000).default(200) }),
    result: z.object({ lines: z.array(z.string()) }),
  },
  /** Long poll on everything said in one session: answers at once when `version` is behind, else when something changes. */
  'session.conversation': {
    params: z.strictObject({ id: idSchema, version: z.number().int().min(0).default(0), waitMs }),
    result: z.object({
      version: z.number().int(),
      session: sessionViewSchema,
      turns: z.array(turnViewSchema),
      /** Turns before these; `session.turns` with `before` of this number reads on. */
      earlier: z.number().int().optional(),
      quota: quotaSchema.optional(),
    }),
  },
  'turn.create': {
    params: z.strictObject({
      sessionId: idSchema,
      text: text(maxPromptChars),
      intent: idSchema.max(64).optional(),
      priority: z.number().int().min(1).max(10).optional(),
    }),
    result: z.object({
      turnId: z.string(),
      status: z.enum(turnStatuses),
      position: z.number(),
      estimatedWaitMs: z.number(),
      quota: quotaSchema.optional(),
    }),
  },
  'turn.get': { params: z.strictObject({ id: idSchema }), result: z.object({ turn: turnViewSchema }) },
  'turn.cancel': { params: z.strictObject({ id: idSchema }), result: z.object({ status: z.enum(turnStatuses) }) },
  'turn.feedback': {
    params: z.strictObject({
      id: idSchema,
      rating: z.number().int().min(1).max(5),
      comment: z.string().max(2_000).refine(wellFormed, 'must be well-formed Unicode').optional(),
    }),
    /** `recorded` is false when this turn already has a rating; `counted` when the coordinator has forgotten the decision, so that no arm learns from it. */
    result: z.object({ recorded: z.boolean(), counted: z.boolean(), reward: z.number() }),
  },
  /** Emergency stop. A higher level may follow a lower one; the answer lists what was still there when Roost looked. */
  'hold.set': { params: z.strictObject({ level: z.enum(holdLevels).default('hold') }), result: z.object({ hold: holdViewSchema }) },
  /** Undoes exactly what the stop did; `released` is false when none was in force. */
  'hold.release': { params: z.strictObject({}), result: z.object({ released: z.boolean(), queues: z.array(z.string()) }) },
  'incident.list': {
    params: z.strictObject({ limit: z.number().int().min(1).max(200).default(50) }),
    result: z.object({ incidents: z.array(incidentSummarySchema), total: z.number() }),
  },
  'incident.get': { params: z.strictObject({ id: idSchema }), result: z.object({ incident: incidentSchema }) },
  'backup.create': { params: z.strictObject({}), result: z.object({ backup: backupSchema, tookMs: z.number() }) },
  'backup.list': { params: z.strictObject({}), result: backupsViewSchema.extend({ nowMs: z.number() }) },
  /** `file` is the name of a backup or the path of its folder. Answers when Redis serves the restored data. */
  'backup.restore': {
    params: z.strictObject({
      file: z
        .string()
        .min(1)
        .max(4_096)
        .refine((path) => !path.includes('\0'), 'must not hold a NUL'),
    }),
    result: z.object({ restored: z.string(), setAside: z.string().nullable(), tookMs: z.number() }),
  },
  'coordinator.get': { params: z.strictObject({}), result: coordinatorViewSchema },
  ...queueMethods,
  ...workMethods,
  ...loginMethods,
  ...scheduleMethods,
  ...coordinatorMethods,
  ...approvalMethods,
  ...sessionMethods,
} as const;

export type Methods = typeof methods;
export type MethodName = keyof Methods;
export type Params<M extends MethodName> = z.output<Methods[M]['params']>;
export type ParamsInput<M extends MethodName> = z.input<Methods[M]['params']>;
export type Result<M extends MethodName> = z.output<Methods[M]['result']>;
