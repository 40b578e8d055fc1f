import { z } from 'zod';

/** Where a Redis is. Travels over channels only, never in argv or the environment: it may hold a password. */
export const redisAddressSchema = z.union([
  z.object({ path: z.string(), username: z.string().optional(), password: z.string().optional() }),
  z.object({ url: z.string() }),
  z.object({ host: z.string(), port: z.number(), username: z.string().optional(), password: z.string().optional() }),
]);
export type RedisAddress = z.infer<typeof redisAddressSchema>;
