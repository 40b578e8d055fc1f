import { z } from 'zod';
import { approvalDecisions, approvalSchema, fileWriteSchema } from './approvals.js';
import { auditEntrySchema, auditVerdictSchema } from './audit.js';
import { providerViewSchema } from './providers.js';

/** Calls about approvals, rules and the audit log; part of the one table in methods.ts. */
const idSchema = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[A-Za-z0-9._@+-]+$/, 'must be 1 to 128 of A-Z a-z 0-9 . _ @ + -');

export const approvalMethods = {
  /** Everything that waits for a person, the oldest first, and the last decisions, the newest first. */
  'approval.list': {
    params: z.strictObject({}),
    result: z.object({ pending: z.array(approvalSchema), recent: z.array(approvalSchema), nowMs: z.number() }),
  },
  /** Works once: a decision that was made, or came too late, is a `conflict`. */
  'approval.decide': {
    params: z.strictObject({ id: idSchema, decision: z.enum(approvalDecisions) }),
    result: z.object({ approval: approvalSchema }),
  },
  /** What an agent wrote in one turn, in order. */
  'files.list': { params: z.strictObject({ turnId: idSchema }), result: z.object({ writes: z.array(fileWriteSchema) }) },
  /** Puts every file of the turn back as it was before; one that was changed since is left alone and named, unless forced. */
  'files.rollback': {
    params: z.strictObject({ turnId: idSchema, force: z.boolean().default(false) }),
    result: z.object({ restored: z.array(z.string()), removed: z.array(z.string()), skipped: z.array(z.object({ path: z.string(), why: z.string() })) }),
  },
  /** In the order in which they are asked; `degraded` while none of them may be. */
  'provider.list': { params: z.strictObject({}), result: z.object({ providers: z.array(providerViewSchema), degraded: z.boolean() }) },
  /** The newest first; the next page is `beforeSeq` of the last one got. */
  'audit.list': {
    params: z.strictObject({
      limit: z.number().int().min(1).max(500).default(50),
      beforeSeq: z.number().int().min(1).optional(),
      /** Only acts that begin with it: `approval`, `process.stop`. */
      act: z
        .string()
        .regex(/^[a-z][a-z.-]{0,63}$/, 'must be the beginning of an act such as process or process.stop')
        .optional(),
    }),
    result: z.object({ entries: z.array(auditEntrySchema), total: z.number().int(), nextBeforeSeq: z.number().int().nullable() }),
  },
  /** Reads the whole chain; `broken` names the first entry that does not fit. */
  'audit.verify': { params: z.strictObject({}), result: auditVerdictSchema },
} as const;
