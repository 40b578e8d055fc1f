import { z } from 'zod';
import { queueNameSchema } from './config-queues.js';
import { handlerNameSchema } from './handlers.js';
import { bytes, duration } from './quantities.js';

/** The processes that handlers run in, and a user's own handlers. */
export const handlersSchema = z.strictObject({
  /** A folder of own handlers, one .js or .ts file each. */
  folder: z.string().min(1).optional(),
  /** Jobs beyond so many wait for a free process. */
  processes: z.number().int().min(1).max(200).default(16),
  /** A fresh process takes over after so many jobs; 0 never. */
  recycleAfterJobs: z.number().int().min(0).max(1_000_000).default(100),
  /** A fresh process takes over when it uses more; at twice as much it is ended in mid-job. */
  memory: bytes(64 * 1024 ** 2).prefault('512MB'),
  /** One that had nothing to do for so long ends. */
  idleAfter: duration(100, 86_400_000).prefault('1m'),
  /** Variables of the environment that handlers may read. */
  variables: z.array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be an environment variable name')).default(['COMPETITOR_SEEDS']),
  /** Queues of jobs by handler, instead of the handler's own. */
  routes: z.record(handlerNameSchema, queueNameSchema).default({}),
});
export type HandlersConfig = z.output<typeof handlersSchema>;
