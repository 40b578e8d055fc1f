import { type Clock, sleep } from '../../../core/base/clock.js';
import type { Log } from '../../../core/base/log.js';
import type { TurnOutput, TurnRequest, TurnResult } from '../engine.js';
import type { HostLink, RequestEnd } from '../host-link.js';
import { askProvider, type ChatMessage, type Finish, ProviderError, type ProviderSetup } from './chat-provider.js';

export interface AskOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** In the order in which they are asked. */
  readonly providers: readonly ProviderSetup[];
  readonly fetch?: typeof fetch;
}

type Asked =
  | { readonly kind: 'answered'; readonly result: TurnResult }
  | { readonly kind: 'failed'; readonly reason: string }
  /** It was not asked: it may be in so many milliseconds. */
  | { readonly kind: 'refused'; readonly reason: string; readonly waitMs: number };

/** A short wait for the rate of a provider is better than an answer without a model. */
const maxWaitMs = 8_000;
/** What a token of common models is worth in characters; only where a provider does not count. */
const charsPerToken = 4;

/** The providers in their order, as far as the host lets them be asked; the reasons of each when none answered. */
export async function askProviders(
  request: TurnRequest,
  output: TurnOutput,
  options: AskOptions,
): Promise<{ readonly answer: TurnResult } | { readonly failures: readonly string[] }> {
  const messages = messagesFor(request);
  for (let round = 1; ; round++) {
    const failures: string[] = [];
    let soonestMs = Number.POSITIVE_INFINITY;
    for (const provider of options.providers) {
      const asked = await ask(provider, messages, request, output, options);
      if (asked.kind === 'answered') return { answer: asked.result };
      if (asked.kind === 'refused' && asked.waitMs > 0) soonestMs = Math.min(soonestMs, asked.waitMs);
      failures.push(`${provider.name} ${asked.reason}`);
      options.log.warn('provider failed', { provider: provider.name, reason: asked.reason });
    }
    if (round > 1 || soonestMs > maxWaitMs) return { failures };
    const end = await output.step(`Wait ${Math.ceil(soonestMs / 1_000)} s for a provider`, 'think');
    await sleep(options.clock, soonestMs, request.signal);
    await end('waited');
  }
}

async function ask(provider: ProviderSetup, messages: readonly ChatMessage[], request: TurnRequest, output: TurnOutput, options: AskOptions): Promise<Asked> {
  const { clock } = options;
  const admission = await request.host.acquire(provider.name);
  if (!admission.granted) return { kind: 'refused', reason: admission.why, waitMs: admission.waitMs };
  const startedMs = clock.monoMs();
  const tell = reporter(request.host, admission.permit, () => clock.monoMs() - startedMs);
  const end = await output.step(`Ask ${provider.name}`, 'fetch');
  const answer = askProvider(provider, messages, { clock, signal: request.signal, ...(options.fetch === undefined ? {} : { fetch: options.fetch }) });
  const inputChars = messages.reduce((sum, { content }) => sum + content.length, 0);
  let outputChars = 0;
  try {
    for (;;) {
      const piece = await answer.next();
      if (piece.done) {
        const tokens = counted(piece.value, inputChars, outputChars);
        await tell('ok', { inputTokens: tokens.input, outputTokens: tokens.output, estimated: tokens.estimated });
        await end(`${provider.name} answered`);
        const { input, output: written } = tokens;
        return {
          kind: 'answered',
          result: { provider: provider.name, stopReason: piece.value.reason === 'length' ? 'max_tokens' : 'end_turn', tokens: { input, output: written } },
        };
      }
      outputChars += piece.value.length;
      await output.text(piece.value);
    }
  } catch (error) {
    const cancelled = request.signal.aborted;
    const outcome = cancelled ? 'cancelled' : error instanceof ProviderError && error.kind === 'rate-limited' ? 'rate-limited' : 'failed';
    const { input, output: written } = counted({ tokens: null }, outputChars === 0 ? 0 : inputChars, outputChars);
    await tell(outcome, {
      problem: error instanceof ProviderError ? error.message : null,
      retryAfterMs: error instanceof ProviderError ? error.retryAfterMs : null,
      inputTokens: input,
      outputTokens: written,
      estimated: outputChars > 0,
    });
    await end(error instanceof ProviderError ? `${provider.name} ${error.message}` : cancelled ? 'cancelled' : 'failed', true);
    if (!(error instanceof ProviderError)) throw error;
    if (outputChars === 0) return { kind: 'failed', reason: error.message };
    // What was said cannot be taken back: another provider would start the answer over.
    const incomplete = `${provider.name} ${error.message}`;
    await output.text(`\n\n(The answer ends here: ${incomplete}.)`);
    return { kind: 'answered', result: { provider: provider.name, stopReason: 'end_turn', incomplete } };
  } finally {
    await answer.return({ reason: 'stop', tokens: null }).catch(() => undefined);
  }
}

function reporter(host: HostLink, permit: string | null, tookMs: () => number) {
  return (outcome: RequestEnd['outcome'], more: Partial<RequestEnd>): Promise<void> =>
    host.report(permit, { outcome, tookMs: tookMs(), problem: null, retryAfterMs: null, inputTokens: 0, outputTokens: 0, estimated: false, ...more });
}

function counted(
  finish: Pick<Finish, 'tokens'>,
  inputChars: number,
  outputChars: number,
): { readonly input: number; readonly output: number; readonly estimated: boolean } {
  if (finish.tokens !== null && finish.tokens.input + finish.tokens.output > 0) return { ...finish.tokens, estimated: false };
  return { input: Math.ceil(inputChars / charsPerToken), output: Math.ceil(outputChars / charsPerToken), estimated: true };
}

const systemPrompt =
  'You are the assistant of a session in Roost, a desktop app that supervises local agents. Answer briefly, truthfully and in the language of the user. Say so when you do not know.';
const maxHistoryChars = 24_000;

/** The newest exchanges that fit, oldest first. */
function messagesFor(request: TurnRequest): ChatMessage[] {
  const messages: ChatMessage[] = [{ role: 'user', content: request.text }];
  let chars = 0;
  for (const exchange of [...request.history].reverse()) {
    chars += exchange.user.length + exchange.agent.length;
    if (chars > maxHistoryChars) break;
    messages.unshift({ role: 'user', content: exchange.user }, { role: 'assistant', content: exchange.agent });
  }
  return [{ role: 'system', content: systemPrompt }, ...messages];
}
