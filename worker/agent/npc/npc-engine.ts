import { builtin, type Engine, type TurnOutput, type TurnRequest } from '../engine.js';
import type { KnowledgeLookup } from '../knowledge/knowledge-engine.js';
import type { ToolsAnswer } from '../tools/tools-engine.js';
import { type AskOptions, askProviders } from './ask-providers.js';
import { reply } from './responder.js';

export interface NpcOptions extends AskOptions {
  /** Loaded when first needed: a pooled agent may never get that far. */
  readonly tools: () => Promise<ToolsAnswer>;
  readonly lookup: () => Promise<KnowledgeLookup>;
}

/** In small talk a passage must fit closely; a question in mode knowledge may be wider. */
const closeFit = 0.67;

/** Mode `npc`: the providers in their order, then the built-in responder, which says when the providers failed. */
export function createNpcEngine(options: NpcOptions): Engine {
  return async (request, output) => {
    if (options.providers.length > 0) {
      const asked = await askProviders(request, output, options);
      if ('answer' in asked) return asked.answer;
      await output.text(`(No model answered: ${asked.failures.join('; ')}. This is the built-in responder.)\n\n`);
    }
    await respond(request, output, options);
    return builtin;
  };
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
