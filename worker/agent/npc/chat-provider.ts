import type { AgentSetup } from '../../../contract/messages.js';
import { afterAwake } from '../../../core/base/awake.js';
import type { Clock } from '../../../core/base/clock.js';
import { eventData, StreamError } from './sse-data.js';

export type ProviderSetup = AgentSetup['providers'][number];

export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** Why a provider did not answer, fit for a person; never holds the key or the answer's body. */
export class ProviderError extends Error {
  /** How long it asked to be left alone. */
  readonly retryAfterMs: number | null;
  readonly kind: 'unreachable' | 'timeout' | 'refused' | 'rate-limited' | 'malformed' | 'cut' | 'empty';

  constructor(kind: ProviderError['kind'], message: string, cause?: unknown, retryAfterMs: number | null = null) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ProviderError';
    this.kind = kind;
    this.retryAfterMs = retryAfterMs;
  }
}

const maxAnswerChars = 400_000;
const maxBodyBytes = 4 * 1024 ** 2;

export type FinishReason = 'stop' | 'length';

export interface Finish {
  readonly reason: FinishReason;
  /** As the provider counted them; null when it does not tell. */
  readonly tokens: { readonly input: number; readonly output: number } | null;
}

/**
 * Asks one OpenAI-compatible endpoint and yields the pieces of its answer as they come; returns why it
 * ended. The setup's timeout bounds the wait for the first piece and for each next one. Rejects with a
 * ProviderError, or with the signal's reason when cancelled.
 */
export async function* askProvider(
  provider: ProviderSetup,
  messages: readonly ChatMessage[],
  collaborators: { readonly clock: Clock; readonly signal: AbortSignal; readonly fetch?: typeof fetch },
): AsyncGenerator<string, Finish> {
  const { clock, signal, fetch: request = fetch } = collaborators;
  signal.throwIfAborted();
  const abort = new AbortController();
  const late = new ProviderError('timeout', `gave no sign for ${provider.timeoutMs / 1000} s`);
  const onCancel = (): void => abort.abort(signal.reason);
  signal.addEventListener('abort', onCancel, { once: true });
  let timer = afterAwake(clock, provider.timeoutMs, () => abort.abort(late));
  const alive = (): void => {
    timer.cancel();
    timer = afterAwake(clock, provider.timeoutMs, () => abort.abort(late));
  };
  try {
    const post = (more: object): Promise<Response> =>
      request(`${provider.baseUrl.replace(/\/+$/, '')}/chat/completions`, {
        method: 'POST',
        // A redirect could carry the key to another host.
        redirect: 'error',
        headers: {
          'content-type': 'application/json',
          accept: 'text/event-stream',
          ...(provider.apiKey === undefined ? {} : { authorization: `Bearer ${provider.apiKey}` }),
        },
        body: JSON.stringify({ model: provider.model, messages, stream: true, ...more }),
        signal: abort.signal,
      });
    let response = await post({ stream_options: { include_usage: true } });
    alive();
    if (response.status === 400 || response.status === 422) {
      // Strict servers refuse the wish for a count of tokens.
      await response.body?.cancel().catch(() => undefined);
      response = await post({});
      alive();
    }
    if (!response.ok || response.body === null) {
      await response.body?.cancel().catch(() => undefined);
      if (response.status === 429)
        throw new ProviderError('rate-limited', 'is limiting the rate of requests (429)', undefined, retryAfter(response, clock.wallMs()));
      throw new ProviderError('refused', `answered with status ${response.status}`);
    }
    const streams = (response.headers.get('content-type') ?? '').includes('text/event-stream');
    return yield* streams ? pieces(response.body, alive) : whole(response.body);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (abort.signal.aborted) throw late;
    if (error instanceof ProviderError) throw error;
    if (error instanceof StreamError) throw new ProviderError('malformed', error.message, error);
    // fetch hides the reason (ECONNREFUSED, ENOTFOUND) one level down.
    const code = error instanceof Error && error.cause instanceof Error && 'code' in error.cause ? ` (${String(error.cause.code)})` : '';
    throw new ProviderError('unreachable', `cannot be reached${code}`, error);
  } finally {
    timer.cancel();
    signal.removeEventListener('abort', onCancel);
    abort.abort();
  }
}

/** Seconds or a date (RFC 9110, 10.2.3), as milliseconds from now. */
function retryAfter(response: Response, nowMs: number): number | null {
  const value = response.headers.get('retry-after')?.trim() ?? '';
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1_000;
  const atMs = Date.parse(value);
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - nowMs);
}

async function* pieces(body: ReadableStream<Uint8Array>, alive: () => void): AsyncGenerator<string, Finish> {
  let finished: FinishReason | undefined;
  let tokens: Finish['tokens'] = null;
  let chars = 0;
  try {
    for await (const data of eventData(body)) {
      alive();
      if (data.trim() === '[DONE]') {
        finished ??= 'stop';
        break;
      }
      const { text, finish, usage } = readChunk(data, 'delta');
      tokens = usage ?? tokens;
      if (finish !== undefined) finished = finish;
      if (text === '') continue;
      chars += text.length;
      if (chars > maxAnswerChars) return { reason: 'length', tokens };
      yield text;
    }
  } catch (error) {
    if (error instanceof TypeError) throw new ProviderError('cut', 'broke off in the middle of its answer', error);
    throw error;
  }
  if (finished === undefined) throw new ProviderError('cut', 'broke off in the middle of its answer');
  if (chars === 0) throw new ProviderError('empty', 'gave an empty answer');
  return { reason: finished, tokens };
}

/** A server that knows no streaming answers with one JSON body. */
async function* whole(body: ReadableStream<Uint8Array>): AsyncGenerator<string, Finish> {
  const decoder = new TextDecoder();
  let [json, bytes] = ['', 0];
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > maxBodyBytes) throw new ProviderError('malformed', 'sent more than 4 MiB');
    json += decoder.decode(chunk, { stream: true });
  }
  const { text, finish, usage } = readChunk(json + decoder.decode(), 'message');
  if (text === '') throw new ProviderError('empty', 'gave an empty answer');
  yield text.slice(0, maxAnswerChars);
  return { reason: finish ?? 'stop', tokens: usage };
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);

function readChunk(
  json: string,
  key: 'delta' | 'message',
): { readonly text: string; readonly finish: FinishReason | undefined; readonly usage: Finish['tokens'] } {
  const value = parse(json);
  if (!isRecord(value)) throw new ProviderError('malformed', 'sent something that is no chat answer');
  if (value['error'] !== undefined && value['error'] !== null) throw new ProviderError('refused', 'reported an error instead of an answer');
  const choices = value['choices'];
  if (!Array.isArray(choices)) throw new ProviderError('malformed', 'sent something that is no chat answer');
  const choice: unknown = choices[0];
  // The last chunk may carry only the count of tokens.
  const usage = readUsage(value['usage']);
  if (choice === undefined) return { text: '', finish: undefined, usage };
  const part = isRecord(choice) ? choice[key] : undefined;
  const content = isRecord(part) ? part['content'] : undefined;
  if (!isRecord(choice) || (content !== undefined && content !== null && typeof content !== 'string'))
    throw new ProviderError('malformed', 'sent something that is no chat answer');
  const reason = choice['finish_reason'];
  return { text: content ?? '', finish: typeof reason === 'string' ? (reason === 'length' ? 'length' : 'stop') : undefined, usage };
}

function readUsage(value: unknown): Finish['tokens'] {
  if (!isRecord(value)) return null;
  const count = (name: string): number => (typeof value[name] === 'number' && value[name] >= 0 && Number.isFinite(value[name]) ? value[name] : 0);
  return { input: count('prompt_tokens'), output: count('completion_tokens') };
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new ProviderError('malformed', 'sent something that is no JSON', error);
  }
}
