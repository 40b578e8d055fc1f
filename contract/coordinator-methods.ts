import { z } from 'zod';
import { policyNames } from './config-coordinator.js';
import { coordinatorViewSchema, decisionSchema, intentTableSchema, trendsSchema, verdictSchema, whatifSchema } from './coordinator-views.js';
import { name } from './services.js';

/** Calls about the coordinator beyond looking at it; part of the one table in methods.ts. */

const arm = name;
const turnId = z
  .string()
  .min(1)
  .max(128)
  .regex(/^(?!\.+$)[A-Za-z0-9._@+-]+$/, 'must be 1 to 128 of A-Z a-z 0-9 . _ @ + - and not only dots');
const unit = z.number().min(0).max(1);
const alpha = z.number().min(0).max(10);
/** Compare-and-set: with `version` the call is refused as 'conflict' when somebody changed the settings meanwhile. */
const version = z.number().int().min(0).optional();
const changed = z.object({ coordinator: coordinatorViewSchema });

export const coordinatorMethods = {
  /** Changes settings while running, on top of the file; what is not named stays. */
  'coordinator.patch': {
    params: z.strictObject({
      policy: z.enum(policyNames).optional(),
      alpha: alpha.optional(),
      warmupPulls: z.number().int().min(1).max(1_000_000).optional(),
      floor: z.number().min(0).max(0.3).optional(),
      /** Settled pulls after which evidence counts half; null for never. */
      halfLife: z.number().int().min(10).max(1_000_000).nullable().optional(),
      arms: z.record(arm, z.strictObject({ prior: unit.optional(), weight: z.number().min(0).max(100).optional(), frozen: z.boolean().optional() })).optional(),
      version,
    }),
    result: changed,
  },
  'coordinator.freeze': { params: z.strictObject({ arm, version }), result: changed },
  'coordinator.unfreeze': { params: z.strictObject({ arm, version }), result: changed },
  /** The arm begins anew; its old history is kept aside for `coordinator.undo`. */
  'coordinator.reset': { params: z.strictObject({ arm, version }), result: changed },
  /** All arms and the warm-up begin anew. */
  'coordinator.reset-all': { params: z.strictObject({ version }), result: changed },
  /** A new arm, or a retired one taken back with its history. */
  'coordinator.add': {
    params: z.strictObject({ arm, prior: unit.optional(), weight: z.number().min(0).max(100).optional(), version }),
    result: changed,
  },
  'coordinator.retire': { params: z.strictObject({ arm, version }), result: changed },
  /** Takes the last change made while running back. */
  'coordinator.undo': { params: z.strictObject({}), result: changed.extend({ undone: z.string() }) },
  /** Drops every setting changed while running: the file alone counts again. What was learned stays. */
  'coordinator.revert': { params: z.strictObject({}), result: changed },
  'coordinator.verdicts': {
    params: z.strictObject({}),
    result: z.object({ settled: z.number(), leader: z.string().nullable(), verdicts: z.array(verdictSchema) }),
  },
  'coordinator.intents': { params: z.strictObject({}), result: z.object({ intents: z.array(intentTableSchema) }) },
  'coordinator.trends': { params: z.strictObject({}), result: trendsSchema },
  /** The newest first; `before` is the time of the last one of the page before. */
  'coordinator.decisions': {
    params: z.strictObject({
      limit: z.number().int().min(1).max(500).default(50),
      before: z.number().min(0).optional(),
      arm: arm.optional(),
      intent: z.string().min(1).max(64).optional(),
    }),
    result: z.object({ decisions: z.array(decisionSchema) }),
  },
  'coordinator.decision': { params: z.strictObject({ turnId }), result: z.object({ decision: decisionSchema }) },
  /** What another policy or alpha would have earned on the decisions of the log. */
  'coordinator.whatif': {
    params: z.strictObject({
      policy: z.enum(policyNames).optional(),
      alpha: alpha.optional(),
      /** Newest decisions looked at. */
      last: z.number().int().min(1).max(20_000).default(5_000),
      intent: z.string().min(1).max(64).optional(),
    }),
    result: whatifSchema,
  },
  /** Everything learned, as integers, to be imported elsewhere. */
  'coordinator.export': { params: z.strictObject({}), result: z.object({ state: z.record(z.string(), z.unknown()) }) },
  /** Replaces what was learned; what was there is answered, so that it can be put back. */
  'coordinator.import': {
    params: z.strictObject({ state: z.record(z.string(), z.unknown()) }),
    result: changed.extend({ replaced: z.record(z.string(), z.unknown()) }),
  },
  /** Adds the log up again and compares it with the sums that decide. */
  'coordinator.verify': {
    params: z.strictObject({}),
    result: z.object({ identical: z.boolean(), entries: z.number(), differences: z.array(z.string()) }),
  },
} as const;
