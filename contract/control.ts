import { z } from 'zod';

/** `<data-dir>/control.json`, mode 0600: how other commands find the running host. A new token every run. */
export const controlSchema = z.object({
  url: z.string(),
  token: z.string(),
  pid: z.number().int().positive(),
  startedAt: z.string(),
  version: z.string().optional(),
});
export type Control = z.infer<typeof controlSchema>;
