import { z } from 'zod';

/** What an agent wants: to run a command, to write a file that needs a look, or whatever it says itself. */
export const approvalKinds = ['command', 'write', 'permission'] as const;
export const approvalStatuses = ['pending', 'allowed', 'denied', 'expired', 'cancelled'] as const;
export const approvalDecisions = ['allow', 'deny'] as const;

export const approvalSchema = z.object({
  id: z.string(),
  kind: z.enum(approvalKinds),
  agentId: z.string(),
  template: z.string(),
  sessionId: z.string().nullable(),
  turnId: z.string().nullable(),
  /** One line: the command, the path or the agent's own title. */
  title: z.string(),
  /** Why it needs a person. */
  reason: z.string(),
  /** Exactly what would run; null for other kinds. */
  command: z
    .object({
      argv: z.array(z.string()),
      cwd: z.string(),
      envNames: z.array(z.string()),
      /** The file that would run and the SHA-256 of its content. */
      program: z.string(),
      sha256: z.string(),
    })
    .nullable(),
  /** More to look at before deciding: the text to be written, what the agent says about its tool call. */
  detail: z.string().nullable(),
  askedAtMs: z.number(),
  expiresAtMs: z.number(),
  status: z.enum(approvalStatuses),
  decidedBy: z.string().nullable(),
  decidedAtMs: z.number().nullable(),
});
export type Approval = z.infer<typeof approvalSchema>;

/** One file an agent wrote in a turn, as it can be taken back. */
export const fileWriteSchema = z.object({
  id: z.string(),
  turnId: z.string(),
  agentId: z.string(),
  path: z.string(),
  atMs: z.number(),
  /** False: the file is new, and taking it back deletes it. */
  existed: z.boolean(),
  bytes: z.number().int(),
  rolledBackAtMs: z.number().nullable(),
});
export type FileWrite = z.infer<typeof fileWriteSchema>;
