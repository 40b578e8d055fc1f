import { z } from 'zod';
import { quotaSchema, turnViewSchema } from './state.js';

const userId = z
  .string()
  .min(1)
  .max(128)
  .regex(/^(?!\.+$)[A-Za-z0-9._@+-]+$/, 'must be 1 to 128 of A-Z a-z 0-9 . _ @ + - and not only dots');

/** Printable without surprises; LiveKit takes more, but nobody needs more. */
const roomName = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[A-Za-z0-9._@+:-]+$/, 'must be 1 to 128 of A-Z a-z 0-9 . _ @ + : -');

/** Calls about sessions and limits beyond the first steps; part of the one table in methods.ts. */
export const sessionMethods = {
  /** Who used how many of today's turns, the busiest first; of one user when named. */
  'quota.list': {
    params: z.strictObject({ userId: userId.optional(), limit: z.number().int().min(1).max(1_000).default(100) }),
    result: z.object({ quotas: z.array(quotaSchema), resetsAt: z.number() }),
  },
  /** A LiveKit token for the room of a session's agent, or for a room by name. */
  'session.token': {
    params: z.strictObject({
      sessionId: userId.optional(),
      room: roomName.optional(),
      identity: roomName,
      ttlMs: z.number().int().min(1_000).max(86_400_000).default(3_600_000),
    }),
    result: z.object({ token: z.string(), url: z.string(), room: z.string(), identity: z.string(), expiresAt: z.number() }),
  },
  /** Everything ever said in a session, page by page from the newest back: ask on with `before` = `first`. */
  'session.turns': {
    params: z.strictObject({ id: userId, before: z.number().int().min(0).optional(), limit: z.number().int().min(1).max(100).default(50) }),
    result: z.object({ turns: z.array(turnViewSchema), first: z.number().int(), total: z.number().int() }),
  },
} as const;
