import type { TurnWork } from '../../contract/turn-work.js';

export interface TurnPrompt {
  readonly turnId: string;
  readonly arm: string;
  readonly text: string;
  /** Roost's own name of the conversation. */
  readonly sessionId?: string;
}

export interface TurnListener {
  /** The text or the progress line of the turn changed. */
  onOutput(output: { readonly text: string; readonly progress: string | null; readonly work: TurnWork | null }): void;
  /** A person has to answer before the agent goes on, or has answered. */
  onWaiting?(waiting: boolean, title: string): void;
  /** Something begins that must not simply be done again: resolves once that is written down. */
  onBegun?(): Promise<void>;
  /** Something that belongs in the turn's timeline. */
  onNote(step: string, note: string): void;
}

export interface PromptResult {
  readonly text: string;
  readonly stopReason: string;
  readonly provider: string | null;
}
