import type { ToolKind } from '@agentclientprotocol/sdk';
import type { HostLink } from './host-link.js';

/** One finished exchange of a session. */
export interface Exchange {
  readonly user: string;
  readonly agent: string;
}

/** What a session said about itself; lives and dies with the session. */
export interface SessionFacts {
  name: string | undefined;
  readonly notes: string[];
}

export interface TurnRequest {
  readonly text: string;
  /** Oldest first. */
  readonly history: readonly Exchange[];
  readonly facts: SessionFacts;
  /** The session's own folder, absolute. */
  readonly cwd: string;
  readonly signal: AbortSignal;
  readonly host: HostLink;
}

/** Where an engine puts what it has, as it has it. */
export interface TurnOutput {
  /** Resolves once the chunk is handed to the transport, so that a fast source waits for a slow reader. */
  text(chunk: string): Promise<void>;
  /** A piece of work worth showing; the function it returns closes it. */
  step(title: string, kind: ToolKind): Promise<(summary: string, failed?: boolean) => Promise<void>>;
}

export interface TurnResult {
  /** Who answered: a configured provider or `builtin`. */
  readonly provider: string;
  readonly stopReason: 'end_turn' | 'max_tokens';
  /** Why the answer ends before its end; absent when it is whole. */
  readonly incomplete?: string;
  readonly tokens?: { readonly input: number; readonly output: number };
}

export const builtin: TurnResult = { provider: 'builtin', stopReason: 'end_turn' };

/** Answers one turn. Rejects with the signal's reason when it is cancelled. */
export type Engine = (request: TurnRequest, output: TurnOutput) => Promise<TurnResult>;

export const modeIds = ['npc', 'tools', 'knowledge'] as const;
export type ModeId = (typeof modeIds)[number];
export const isModeId = (value: unknown): value is ModeId => modeIds.some((id) => id === value);
