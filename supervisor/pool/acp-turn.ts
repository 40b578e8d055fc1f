import { RoostError } from '../../contract/errors.js';
import type { TurnContext } from '../approvals/agent-desk.js';
import type { Deed } from './acp-requests.js';
import type { AgentUpdate } from './acp-updates.js';
import { TurnOutput } from './turn-output.js';
import type { TurnListener, TurnPrompt } from './turn-prompt.js';

/** The turn that an agent has in hand: what comes of it, and in whose name the agent asks for things. */
export class AcpTurn {
  readonly prompt: TurnPrompt;
  readonly #listener: TurnListener;
  readonly #output = new TurnOutput();
  readonly #abort = new AbortController();
  #ended = false;

  constructor(prompt: TurnPrompt, listener: TurnListener) {
    this.prompt = prompt;
    this.#listener = listener;
  }

  get text(): string {
    return this.#output.text;
  }

  take(update: AgentUpdate): void {
    if (update.kind === 'note') this.#listener.onNote(update.step, update.text);
    const before = this.#output.truncated;
    if (this.#output.add(update)) this.#tell();
    if (!before && this.#output.truncated) this.#listener.onNote('output', 'truncated: the answer is longer than 1 MiB');
  }

  /** Roost does something for the agent; resolves once that it begins is written down. */
  async did(deed: Deed): Promise<void> {
    if (this.#output.did(deed)) this.#tell();
    if (deed.status === 'in_progress') await this.#listener.onBegun?.();
  }

  used({ inputTokens, outputTokens }: { readonly inputTokens: number; readonly outputTokens: number }): void {
    this.#output.used(inputTokens, outputTokens);
    this.#tell();
  }

  note(step: string, text: string): void {
    this.#listener.onNote(step, text);
  }

  get context(): TurnContext {
    const { turnId, sessionId } = this.prompt;
    return {
      turnId,
      sessionId: sessionId ?? null,
      signal: this.#abort.signal,
      onWaiting: (waiting, title) => (this.#ended ? undefined : this.#listener.onWaiting?.(waiting, title)),
    };
  }

  /** Whatever the agent asks for from now on is refused for this reason. */
  stop(why: RoostError): void {
    this.#abort.abort(why);
  }

  /** Nothing that still comes of it reaches anybody. */
  end(): void {
    this.#ended = true;
    this.stop(new RoostError('cancelled', 'The turn is over.'));
  }

  #tell(): void {
    const { text, progress, work } = this.#output;
    this.#listener.onOutput({ text, progress, work });
  }
}
