import { z } from 'zod';

/** Every expected failure has one of these codes; doors map them once to a status or an exit code. */
export const errorCodes = [
  'bad-request',
  'too-large',
  'unauthorized',
  'forbidden',
  'not-found',
  'method-not-allowed',
  'unsupported-media-type',
  'conflict',
  'rate-limited',
  'quota-exceeded',
  'cancelled',
  'timeout',
  'redis-unavailable',
  'redis-missing',
  'redis-failed',
  'circuit-open',
  'capacity',
  'shutting-down',
  'already-running',
  'config-invalid',
  'spawn-failed',
  'agent-failed',
  'agent-died',
  'protocol',
  'livekit-not-configured',
  'not-supported',
  'disk-full',
  'held',
  'audit-failed',
  'newer-state',
  'internal',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/**
 * An expected failure. `message` says what came and what is wanted, in words fit for a person;
 * `field` names the offending input, `retryAfterMs` says when another try makes sense.
 */
export class RoostError extends Error {
  readonly code: ErrorCode;
  readonly field: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: {
      readonly cause?: unknown;
      readonly field?: string;
      readonly retryAfterMs?: number;
      readonly details?: Readonly<Record<string, unknown>>;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'RoostError';
    this.code = code;
    this.field = options.field;
    this.retryAfterMs = options.retryAfterMs;
    this.details = options.details;
  }
}

export const errorBodySchema = z.object({
  code: z.enum(errorCodes),
  message: z.string(),
  field: z.string().optional(),
  retryAfterMs: z.number().optional(),
  details: z.record(z.string(), z.unknown()).optional(),
});
export type ErrorBody = z.infer<typeof errorBodySchema>;

/** What a door may tell the outside about any thrown value; unexpected ones lose their inner text. */
export function toErrorBody(error: unknown): ErrorBody {
  if (!(error instanceof RoostError)) return { code: 'internal', message: 'Something went wrong inside Roost; the log has the details.' };
  return {
    code: error.code,
    message: error.message,
    ...(error.field === undefined ? {} : { field: error.field }),
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    ...(error.details === undefined ? {} : { details: { ...error.details } }),
  };
}

/** The other direction: a client turns a received body back into an error. */
export function fromErrorBody(body: ErrorBody): RoostError {
  return new RoostError(body.code, body.message, {
    ...(body.field === undefined ? {} : { field: body.field }),
    ...(body.retryAfterMs === undefined ? {} : { retryAfterMs: body.retryAfterMs }),
    ...(body.details === undefined ? {} : { details: body.details }),
  });
}
