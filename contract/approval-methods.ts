import { z } from 'zod';
import { auditEntrySchema, auditVerdictSchema } from './audit.js';

/** Calls about approvals, rules and the audit log; part of the one table in methods.ts. */
export const approvalMethods = {
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
