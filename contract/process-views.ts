import { z } from 'zod';
import { exitCauses, exitViewSchema } from './exits.js';

export const processKinds = ['redis', 'worker', 'agent', 'service'] as const;
export const processStates = ['stopped', 'starting', 'running', 'stopping', 'backoff', 'quarantined', 'failed'] as const;

export const processViewSchema = z.object({
  name: z.string(),
  kind: z.enum(processKinds),
  state: z.enum(processStates),
  /** Required processes decide health; agents are required only together, as the pool. */
  required: z.boolean(),
  /** One sentence for a person: why it is in this state. */
  detail: z.string(),
  pid: z.number().nullable(),
  incarnation: z.number().int(),
  startedAtMs: z.number().nullable(),
  readyAtMs: z.number().nullable(),
  uptimeMs: z.number().nullable(),
  /** Automatic starts after the first, in this run of Roost. */
  restarts: z.number().int(),
  /** Starts asked for by a person, in this run of Roost. */
  manualRestarts: z.number().int(),
  /** Automatic restarts by the cause of the exit before, today and the seven days before it, over restarts of Roost; absent where nobody counts. */
  restartsByCause: z.partialRecord(z.enum(exitCauses), z.number().int()).optional(),
  /** Starts asked for by a person since midnight, and today with the seven days before it; over restarts of Roost. */
  manualRestartsToday: z.number().int().optional(),
  manualRestartsWeek: z.number().int().optional(),
  /** Age of its last sign of life, for those that give one. */
  statusAgeMs: z.number().nullable().optional(),
  retryAtMs: z.number().nullable(),
  lastExit: exitViewSchema.nullable(),
  rssBytes: z.number().nullable(),
  cpuPercent: z.number().nullable(),
  /** Mean running time between failures, today and the seven days before it; null without a failure. */
  mtbfMs: z.number().nullable(),
  /** Which acts the screen may offer now. */
  can: z.object({ start: z.boolean(), stop: z.boolean(), restart: z.boolean() }),
});
export type ProcessView = z.infer<typeof processViewSchema>;
