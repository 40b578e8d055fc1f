import type { Clock } from '../../../core/base/clock.js';
import type { Log } from '../../../core/base/log.js';
import { builtin, type Engine, type TurnOutput, type TurnRequest, type TurnResult } from '../engine.js';
import type { KnowledgeLookup } from '../knowledge/knowledge-engine.js';
import type { ToolsAnswer } from '../tools/tools-engine.js';
import { askProvider, type ChatMessage, ProviderError, type ProviderSetup } from './chat-provider.js';
import { reply } from './responder.js';

export interface NpcOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly providers: readonly ProviderSetup[];
  /** Loaded when first needed: a pooled agent may never get that far. */
  readonly tools: () => Promise<ToolsAnswer>;
  readonly lookup: () => Promise<KnowledgeLookup>;
  readonly fetch?: typeof fetch;
}

const systemPrompt =
  'You are the assistant of a session in Roost, a desktop app that supervises local agents. Answer briefly, truthfully and in the language of the user. Say so when you do not know.';
const maxHistoryChars = 24_000;
/** In small talk a passage must fit closely; a question in mode knowledge may be wider. */
const closeFit = 0.67;

type Asked = { readonly kind: 'answered'; readonly result: TurnResult } | { readonly kind: 'failed'; readonly reason: string };

/** Mode `npc`: the providers in their order, then the built-in responder, which says when the providers failed. */
export function createNpcEngine(options: NpcOptions): Engine {
  return async (request, output) => {
    const failures: string[] = [];
    for (const provider of options.providers) {
      const asked = await ask(provider, request, output, options);
      if (asked.kind === 'answered') return asked.result;
      failures.push(`${provider.name} ${asked.reason}`);
      options.log.warn('provider failed', { provider: provider.name, reason: asked.reason });
    }
    if (failures.length > 0) await output.text(`(No model answered: ${failures.join('; ')}. This is the built-in responder.)\n\n`);
    await respond(request, output, options);
    return builtin;
  };
}

async function ask(provider: ProviderSetup, request: TurnRequest, output: TurnOutput, options: NpcOptions): Promise<Asked> {
  const end = await output.step(`Ask ${provider.name}`, 'fetch');
  const answer = askProvider(provider, messagesFor(request), {
    clock: options.clock,
    signal: request.signal,
    ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
  });
  let started = false;
  try {
    for (;;) {
      const piece = await answer.next();
      if (piece.done) {
        await end(`${provider.name} answered`);
        return { kind: 'answered', result: { provider: provider.name, stopReason: piece.value === 'length' ? 'max_tokens' : 'end_turn' } };
      }
      started = true;
      await output.text(piece.value);
    }
  } catch (error) {
    await end(error instanceof ProviderError ? `${provider.name} ${error.message}` : request.signal.aborted ? 'cancelled' : 'failed', true);
    if (!(error instanceof ProviderError)) throw error;
    if (!started) return { kind: 'failed', reason: error.message };
    // What was said cannot be taken back: another provider would start the answer over.
    const incomplete = `${provider.name} ${error.message}`;
    await output.text(`\n\n(The answer ends here: ${incomplete}.)`);
    return { kind: 'answered', result: { provider: provider.name, stopReason: 'end_turn', incomplete } };
  } finally {
    await answer.return('stop').catch(() => undefined);
  }
}

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

async function respond(request: TurnRequest, output: TurnOutput, options: NpcOptions): Promise<void> {
  const said = reply(request.text, request);
  if (said.kind === 'say') return output.text(said.text);
  const tools = await options.tools();
  if (await tools(request, output)) return;
  const lookup = await options.lookup();
  const { answered } = await lookup(request, output, closeFit);
  if (!answered) await output.text(said.otherwise);
}
