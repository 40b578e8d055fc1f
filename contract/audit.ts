import { z } from 'zod';

/** Who did it: a person by one of the doors, Roost by itself, or an agent. */
export const auditActors = ['screen', 'cli', 'rest', 'roost', 'agent'] as const;
export type AuditActor = (typeof auditActors)[number];

export const auditEntrySchema = z.object({
  /** Counts from 1 without a gap. */
  seq: z.number().int().min(1),
  /** ISO 8601, UTC. */
  at: z.string(),
  actor: z.enum(auditActors),
  /** `noun.verb`, as in `process.restart`. */
  act: z.string(),
  target: z.string(),
  detail: z.record(z.string(), z.unknown()),
  /** SHA-256 of the entry before, in hex; 64 zeros before the first. */
  prev: z.string().regex(/^[0-9a-f]{64}$/),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
});
export type AuditEntry = z.infer<typeof auditEntrySchema>;

/** What a look at the whole chain found. */
export const auditVerdictSchema = z.object({
  ok: z.boolean(),
  /** Entries that were read and fit. */
  entries: z.number().int(),
  firstSeq: z.number().int().nullable(),
  lastSeq: z.number().int().nullable(),
  /** The first entry that does not fit; `seq` is where it should stand. */
  broken: z.object({ seq: z.number().int(), file: z.string(), line: z.number().int(), message: z.string() }).nullable(),
});
export type AuditVerdict = z.infer<typeof auditVerdictSchema>;
