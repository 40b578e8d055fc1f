import { z } from 'zod';
import { ownHandlerSchema } from './handlers.js';
import { redisAddressSchema } from './redis-address.js';

/**
 * What the supervisor and a handler process say to each other: it runs one job at a time, so that whatever a
 * handler does to its process, it does to its own job alone.
 */

/** Longest result of a job, as JSON. */
export const maxResultBytes = 1024 * 1024;
export const maxLogLineChars = 8_000;

/** What a job tells while it runs. */
export const jobNewsSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('log'), text: z.string().max(maxLogLineChars) }),
  /** `fraction` 0..1; null where the end is not known. */
  z.object({ kind: z.literal('progress'), fraction: z.number().min(0).max(1).nullable(), text: z.string().max(1_000).optional() }),
  /** Nothing will be heard for this long, on purpose. */
  z.object({ kind: z.literal('quiet'), forMs: z.number().min(0) }),
]);
export type JobNews = z.infer<typeof jobNewsSchema>;

/** Why a job is asked to end. */
export const stopKinds = ['deadline', 'cancelled', 'hand-back'] as const;
export type StopKind = (typeof stopKinds)[number];

/** What one attempt needs to run. */
export const runRequestSchema = z.object({
  name: z.string(),
  queue: z.string(),
  jobId: z.string(),
  data: z.unknown(),
  /** 1 at the first try. */
  attempt: z.number().int(),
  maxAttempts: z.number().int(),
  /** Rises with every start of this job: what an older start still wants to write is refused. */
  fence: z.number().int(),
  softMs: z.number().positive().optional(),
  hardMs: z.number().positive().optional(),
});
export type RunRequest = z.infer<typeof runRequestSchema>;

/** `final`: trying again would not help. `code` is one of a few words; the message is for a person. */
export const runFailureSchema = z.object({
  kind: z.literal('failed'),
  code: z.string().max(60),
  message: z.string(),
  stack: z.string().optional(),
  final: z.boolean(),
  /** The process died of it: counts towards setting the job aside. */
  died: z.boolean().optional(),
});
export const runOutcomeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('done'), result: z.unknown() }),
  runFailureSchema,
  /** It was ended on purpose and runs again elsewhere. */
  z.object({ kind: z.literal('handed-back') }),
]);
export type RunOutcome = z.infer<typeof runOutcomeSchema>;

export const toHandlerSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('setup'),
    node: z.string(),
    prefix: z.string(),
    redis: redisAddressSchema,
    dataDir: z.string(),
    /** Where a user's own handlers lie; null when there are none. */
    folder: z.string().nullable(),
    /** Another one for every change in that folder. */
    revision: z.string(),
    env: z.record(z.string(), z.string()),
  }),
  z.object({ type: z.literal('run'), runId: z.number().int(), request: runRequestSchema }),
  z.object({ type: z.literal('stop'), runId: z.number().int(), reason: z.enum(stopKinds), message: z.string() }),
  z.object({
    type: z.literal('answer'),
    askId: z.number().int(),
    answer: z.union([z.object({ result: z.unknown() }), z.object({ error: z.object({ code: z.string(), message: z.string() }) })]),
  }),
  /** Read the folder, but for some files, and say what is in it. */
  z.object({ type: z.literal('list'), skip: z.array(z.string()) }),
  z.object({ type: z.literal('end') }),
]);
export type ToHandler = z.infer<typeof toHandlerSchema>;

/** A file of the folder: a handler, or why it is none. */
export const ownFileSchema = z.union([z.object({ file: z.string(), handler: ownHandlerSchema }), z.object({ file: z.string(), problem: z.string() })]);
export type OwnFile = z.infer<typeof ownFileSchema>;

export const fromHandlerSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  /** Every second: its loop turns. */
  z.object({ type: z.literal('beat'), rssBytes: z.number() }),
  z.object({ type: z.literal('news'), runId: z.number().int(), news: jobNewsSchema }),
  z.object({ type: z.literal('ask'), askId: z.number().int(), method: z.string(), params: z.unknown() }),
  z.object({ type: z.literal('ended'), runId: z.number().int(), outcome: runOutcomeSchema, rssBytes: z.number() }),
  z.object({ type: z.literal('reading'), file: z.string() }),
  z.object({ type: z.literal('listed'), files: z.array(ownFileSchema) }),
]);
export type FromHandler = z.infer<typeof fromHandlerSchema>;
