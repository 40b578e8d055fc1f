import type { RunHandler } from '../../core/jobs/handler.js';

/**
 * What the handlers of `contract/handlers.ts` do, by name. Their data were checked against the schema of
 * their spec, so each may take them as that type. They run in handler processes, never in the queue worker.
 */
// biome-ignore lint/suspicious/noExplicitAny: each handler knows its own data; the schema of its spec checked them
export const handlers: Readonly<Record<string, RunHandler<any>>> = {};
