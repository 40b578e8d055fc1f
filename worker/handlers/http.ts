import { RoostError } from '../../contract/errors.js';
import type { HttpData } from '../../contract/handler-data.js';
import { sleep } from '../../core/base/clock.js';
import type { HandlerJob, HandlerTools } from '../../core/jobs/handler.js';
import { boundedFetch, type WebAnswer, WebProblem } from './web/bounded-fetch.js';

/** Repeating these does not do more than doing them once (RFC 9110, 9.2.2). */
const repeatable: ReadonlySet<string> = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS']);
const worthRepeating: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);
const longestWaitMs = 60_000;

/** Milliseconds to wait before the next try: what the other side asks for, else 1 s, 2 s, 4 s and up to half of it by chance. */
export function retryDelayMs(tries: number, retryAfter: string | undefined, wallMs: number, random: () => number): number {
  const seconds = Number(retryAfter);
  const asked = retryAfter === undefined ? Number.NaN : Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(retryAfter) - wallMs;
  if (Number.isFinite(asked)) return Math.min(longestWaitMs, Math.max(0, asked));
  return Math.min(longestWaitMs, 1_000 * 2 ** (tries - 1) * (1 + random() / 2));
}

export function isExpected(status: number, expect: HttpData['expect']): boolean {
  if (expect === undefined) return status >= 200 && status < 300;
  return Array.isArray(expect) ? expect.includes(status) : expect === status;
}

/** One request. Fails when the status is not the expected one; repeats only what may be repeated. */
export async function http(job: HandlerJob<HttpData>, tools: HandlerTools): Promise<Readonly<Record<string, unknown>>> {
  const { data } = job;
  const isText = data.body === undefined || typeof data.body === 'string';
  const body = data.body === undefined ? undefined : isText ? (data.body as string) : JSON.stringify(data.body);
  const headers: Record<string, string> = { ...(isText ? {} : { 'content-type': 'application/json' }), ...data.headers };
  for (const [name, variable] of Object.entries(data.secret_headers)) {
    const value = tools.env[variable];
    if (value === undefined) throw new RoostError('bad-request', `${variable} is not set where Roost runs`, { field: 'secret_headers' });
    headers[name] = value;
  }
  const startedMs = tools.clock.monoMs();
  for (let tries = 1; ; tries++) {
    const outcome = await attempt(data, headers, body, job, tools);
    const mayRepeat = tries <= data.retries && !job.signal.aborted;
    if (outcome instanceof WebProblem) {
      const again = outcome.code === 'timeout' || outcome.code === 'internal';
      if (!mayRepeat || !again || (outcome.sent && !repeatable.has(data.method))) throw worded(outcome, data, tries);
    } else if (isExpected(outcome.status, data.expect)) {
      return {
        status: outcome.status,
        url: outcome.url,
        tries,
        durationMs: Math.round(tools.clock.monoMs() - startedMs),
        truncated: outcome.truncated,
        body: outcome.body.toString('utf8'),
      };
    } else if (!mayRepeat || !repeatable.has(data.method) || !worthRepeating.has(outcome.status)) {
      throw new RoostError('agent-failed', `${data.method} ${shown(data.url)} answered ${outcome.status} after ${tries} tries; wanted ${wanted(data.expect)}`);
    }
    const retryAfter = outcome instanceof WebProblem ? undefined : outcome.headers['retry-after'];
    const delayMs = retryDelayMs(tries, retryAfter, tools.clock.wallMs(), tools.random);
    job.log(`try ${tries}: ${outcome instanceof WebProblem ? outcome.message : `status ${outcome.status}`}; again in ${Math.round(delayMs)} ms`);
    await sleep(tools.clock, delayMs, job.signal);
  }
}

async function attempt(
  data: HttpData,
  headers: Readonly<Record<string, string>>,
  body: string | undefined,
  job: HandlerJob<HttpData>,
  tools: HandlerTools,
): Promise<WebAnswer | WebProblem> {
  job.quiet(Math.min(600_000, data.timeout));
  try {
    return await boundedFetch({
      url: data.url,
      method: data.method,
      headers,
      ...(body === undefined ? {} : { body }),
      timeoutMs: data.timeout,
      maxBytes: data.max_bytes,
      cut: true,
      maxRedirects: data.max_redirects,
      // The operator wrote this address down; his own services are what it is for.
      allowPrivate: ['*'],
      secretHeaders: Object.keys(data.secret_headers),
      clock: tools.clock,
      signal: job.signal,
    });
  } catch (error) {
    if (error instanceof WebProblem) return error;
    throw error;
  }
}

/** Without the query: it may hold what nobody else should read. */
const shown = (url: string): string => url.replace(/[?#].*$/, '');
const wanted = (expect: HttpData['expect']): string => (expect === undefined ? 'any 2xx' : Array.isArray(expect) ? expect.join(' or ') : String(expect));

function worded(problem: WebProblem, data: HttpData, tries: number): RoostError {
  const maybe = problem.sent && !repeatable.has(data.method) ? '; it may have been carried out, so it is not repeated' : '';
  return new RoostError(problem.code, `${data.method} ${shown(data.url)} failed after ${tries} tries: ${problem.message}${maybe}`, { cause: problem });
}
