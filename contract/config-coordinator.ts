import { z } from 'zod';
import { policyNames } from './coordinator-views.js';
import { duration } from './quantities.js';
import { name } from './services.js';

export { policyNames } from './coordinator-views.js';

/** The coordinator: policy, arms, rewards. */

const armSchema = z.strictObject({ prior: z.number().min(0).max(1), weight: z.number().min(0).max(100).default(1), frozen: z.boolean().default(false) });

const share = z.number().min(0).max(1);

export const coordinatorSchema = z.strictObject({
  policy: z.enum(policyNames).default('thompson'),
  /** Multiplies the uncertainty of each estimate: 1 is the textbook value. */
  alpha: z.number().min(0).max(10).default(1),
  warmupPulls: z.number().int().min(1).max(1_000_000).default(1_000),
  /** `gradual`: 30 % forced draws, falling; `uniform`: every draw of the warm-up is forced, at about twice the price. */
  warmup: z.enum(['gradual', 'uniform']).default('gradual'),
  /** Forced share after the warm-up; 0 switches what-if and verdicts off. */
  floor: z.number().min(0).max(0.3).default(0.02),
  /** How many rewards a prior counts for. */
  priorCount: z.number().min(0).max(10_000).default(10),
  memory: z
    .strictObject({
      /** Settled pulls after which evidence counts half. */
      halfLife: z.union([z.literal('never'), z.number().int().min(10).max(1_000_000)]).default(1_000),
      /** Settled pulls that count at all; older ones are left out. */
      window: z.union([z.literal('all'), z.number().int().min(50).max(1_000_000)]).default('all'),
    })
    .prefault({}),
  rewards: z
    .strictObject({
      /** `graded` for ratings and latencies, `binary` when every reward is 0 or 1. */
      model: z.enum(['graded', 'binary']).default('graded'),
      /** Of a turn nobody rated: what an answer earns, and what its speed adds. */
      answered: share.default(0.5),
      speed: share.default(0.5),
      /** Multiplies rewards that nobody gave. */
      implicitWeight: share.default(1),
    })
    .prefault({}),
  feedbackWindow: duration(0, 86_400_000).prefault('10m'),
  latencyBudget: duration(100, 3_600_000).prefault('30s'),
  /** Words that give a request its intent when it names none itself: the intent with the most of its words in the text. */
  intents: z.record(name, z.array(z.string().min(1).max(60)).min(1).max(100)).default({}),
  /** How long the archive of decisions is kept, in days. */
  keepDays: z.number().int().min(1).max(3_650).default(90),
  arms: z.record(name, armSchema).prefault({ npc: { prior: 0.7 }, tools: { prior: 0.6 }, knowledge: { prior: 0.5 } }),
});
