import { RoostError } from '../../contract/errors.js';
import { type JobNews, maxLogLineChars, type RunRequest, type StopKind } from '../../contract/handler-messages.js';
import { commitEffect } from '../../core/jobs/effects.js';
import type { HandlerJob, HandlerTools } from '../../core/jobs/handler.js';
import { physicalQueue } from '../../core/jobs/queues.js';

/** One attempt of one job, seen from inside its process. */
export class JobAtWork {
  readonly #request: RunRequest;
  readonly #node: string;
  readonly #tools: HandlerTools;
  readonly #tell: (news: JobNews) => void;
  readonly #abort = new AbortController();

  constructor(options: { readonly request: RunRequest; readonly node: string; readonly tools: HandlerTools; readonly tell: (news: JobNews) => void }) {
    this.#request = options.request;
    this.#node = options.node;
    this.#tools = options.tools;
    this.#tell = options.tell;
  }

  /** The first reason counts. Whoever throws the signal's reason fails with it. */
  stop(reason: StopKind, message: string): void {
    this.#abort.abort(new RoostError(reason === 'deadline' ? 'timeout' : 'cancelled', message, { details: { stop: reason } }));
  }

  asHandlerJob<Data>(data: Data): HandlerJob<Data> {
    const { jobId, name, queue, attempt, maxAttempts, fence } = this.#request;
    const tell = this.#tell;
    return {
      id: jobId,
      name,
      queue,
      data,
      attempt,
      maxAttempts,
      signal: this.#abort.signal,
      log: (text) => tell({ kind: 'log', text: String(text).slice(0, maxLogLineChars) }),
      progress: (fraction, text) => {
        const known = typeof fraction === 'number' && Number.isFinite(fraction) ? Math.min(1, Math.max(0, fraction)) : null;
        tell({ kind: 'progress', fraction: known, ...(text === undefined ? {} : { text: String(text).slice(0, 1_000) }) });
      },
      quiet: (forMs) => tell({ kind: 'quiet', forMs: Number.isFinite(forMs) ? Math.max(0, forMs) : 0 }),
      commit: (effect, value) => {
        const { redis, keys } = this.#tools;
        return commitEffect(redis, keys, { physicalQueue: physicalQueue(queue, this.#node), jobId, fence }, effect, value);
      },
    };
  }
}
