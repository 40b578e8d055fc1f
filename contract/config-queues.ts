import { z } from 'zod';
import { name } from './services.js';

/** Queues and the workers that consume them. */

export const queueNames = ['turns', 'coach'] as const;
export type QueueName = (typeof queueNames)[number];

const workerSchema = z.strictObject({
  queues: z.array(z.enum(queueNames)).min(1),
  concurrency: z.number().int().min(1).max(200).default(10),
});

export const workersSchema = z.record(name, workerSchema).default({ turns: { queues: ['turns', 'coach'], concurrency: 10 } });
