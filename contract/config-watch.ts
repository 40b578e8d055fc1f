import { z } from 'zod';
import { queueNameSchema } from './config-queues.js';
import { handlerNameSchema } from './handlers.js';
import { duration } from './quantities.js';
import { name } from './services.js';

/** Drop folders: files and lines that become jobs. */

export const watchKinds = ['directory', 'jsonl', 'issues'] as const;
export type WatchKind = (typeof watchKinds)[number];

const watchSchema = z
  .strictObject({
    /** Relative to the directory of the config file: a folder for `directory`, else a file that may not be there yet. */
    path: z
      .string()
      .min(1)
      .max(4_096)
      .refine((path) => !path.includes('\0'), 'must not hold a NUL'),
    kind: z.enum(watchKinds).default('directory'),
    every: duration(500, 3_600_000).prefault('3s'),
    /** The queue of the handler when not given. */
    queue: queueNameSchema.optional(),
    handler: handlerNameSchema,
    /** What the job carries; texts may hold {path}, {name}, {text}, {item} and {item.field}. */
    data: z.record(z.string(), z.unknown()).default({}),
    /** Names of files to take, with * and ? for any characters; names that begin with a dot or end like half a download are never taken. */
    match: z.string().min(1).max(200).default('*'),
    /** A file that was written to in this time is still being written. */
    settle: duration(0, 3_600_000).prefault('2s'),
    /** No more is taken in while so many jobs wait in the queue. */
    maxWaiting: z.number().int().min(1).max(1_000_000).default(20_000),
    /** What becomes of a file whose job has ended: kept where it is, moved to done/ or failed/ beside it, or deleted when it succeeded. */
    after: z.enum(['keep', 'move', 'delete']).default('keep'),
    /** What makes a file the same file: the file itself under any name, or what is in it. */
    identity: z.enum(['file', 'content']).default('file'),
    /** Where to begin in a log that is seen for the first time. */
    from: z.enum(['start', 'end']).default('start'),
  })
  .refine((watch) => watch.kind === 'directory' || watch.after === 'keep', { message: 'must be keep unless kind is directory', path: ['after'] });
export type WatchConfig = z.output<typeof watchSchema>;

export const watchesSchema = z.record(name, watchSchema).default({});
