import type { ServerResponse } from 'node:http';
import { type ErrorBody, type ErrorCode, RoostError, toErrorBody } from '../contract/errors.js';

/** A code without a status does not compile. */
const statuses: Readonly<Record<ErrorCode, number>> = {
  'bad-request': 400,
  'too-large': 413,
  unauthorized: 401,
  forbidden: 403,
  'not-found': 404,
  'method-not-allowed': 405,
  'unsupported-media-type': 415,
  conflict: 409,
  'rate-limited': 429,
  'quota-exceeded': 429,
  cancelled: 409,
  timeout: 504,
  'redis-unavailable': 503,
  'redis-missing': 503,
  'redis-failed': 503,
  'circuit-open': 503,
  capacity: 503,
  'shutting-down': 503,
  'already-running': 409,
  'config-invalid': 400,
  'spawn-failed': 503,
  'agent-failed': 502,
  'agent-died': 502,
  protocol: 502,
  'livekit-not-configured': 501,
  'not-supported': 501,
  'disk-full': 507,
  held: 503,
  'audit-failed': 503,
  'newer-state': 409,
  internal: 500,
};

export const statusOf = (code: ErrorCode): number => statuses[code];

/** On every answer: nothing here may be framed, sniffed, cached or referred to from outside. There is no CORS header, ever. */
export const commonHeaders: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'cross-origin-resource-policy': 'same-origin',
  'x-frame-options': 'DENY',
};

export interface ErrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly success: false; readonly error: ErrorBody };
}

export function errorAnswer(error: unknown): ErrorAnswer {
  const body = toErrorBody(error);
  const status = statusOf(body.code);
  const headers: Record<string, string> = {};
  if (status === 401) headers['www-authenticate'] = 'Bearer realm="roost"';
  if (body.retryAfterMs !== undefined && Number.isFinite(body.retryAfterMs)) headers['retry-after'] = String(Math.max(1, Math.ceil(body.retryAfterMs / 1_000)));
  const allow = body.details?.['allow'];
  if (status === 405 && typeof allow === 'string') headers['allow'] = allow;
  return { status, headers, body: { success: false, error: body } };
}

/** For refusals before the router has seen the request. */
export function refuse(response: ServerResponse, error: unknown): void {
  const answer = errorAnswer(error);
  const text = JSON.stringify(answer.body);
  response.writeHead(answer.status, {
    ...commonHeaders,
    ...answer.headers,
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

const statusTexts: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  408: 'Request Timeout',
  429: 'Too Many Requests',
  503: 'Service Unavailable',
};

/** The same as bytes, for a socket that never became a request or is asking for an upgrade. */
export function rawAnswer(error: unknown, status = errorAnswer(error).status): string {
  const answer = errorAnswer(error);
  const text = JSON.stringify(answer.body);
  const headers = {
    ...commonHeaders,
    ...answer.headers,
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(text)),
    connection: 'close',
  };
  return `HTTP/1.1 ${status} ${statusTexts[status] ?? 'Error'}\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n${text}`;
}

/** How Node calls a request that is not complete in time. */
export const tooLate = 'ERR_HTTP_REQUEST_TIMEOUT';

/** What is told to somebody whose bytes never became a request. */
export function malformedAnswer(code: string | undefined): string {
  if (code === tooLate) return rawAnswer(new RoostError('timeout', 'the request did not arrive in time'), 408);
  // Headers this long cannot hold a token of ours.
  if (code === 'HPE_HEADER_OVERFLOW')
    return rawAnswer(new RoostError('unauthorized', 'the request headers must be at most 16384 bytes: no token could be read'));
  return rawAnswer(new RoostError('bad-request', 'the request is not valid HTTP'));
}
