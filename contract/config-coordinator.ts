import { z } from 'zod';
import { duration } from './quantities.js';
import { name } from './services.js';

/** The coordinator: policy, arms, rewards. */

const armSchema = z.strictObject({ prior: z.number().min(0).max(1), weight: z.number().min(0).max(100).default(1), frozen: z.boolean().default(false) });

export const coordinatorSchema = z.strictObject({
  policy: z.enum(['thompson', 'ucb1', 'epsilon-greedy', 'static']).default('thompson'),
  alpha: z.number().min(0).max(10).default(1),
  warmupPulls: z.number().int().min(1).max(1_000_000).default(1_000),
  feedbackWindow: duration(0, 86_400_000).prefault('10m'),
  latencyBudget: duration(100, 3_600_000).prefault('30s'),
  arms: z.record(name, armSchema).prefault({ npc: { prior: 0.7 }, tools: { prior: 0.6 }, knowledge: { prior: 0.5 } }),
});
