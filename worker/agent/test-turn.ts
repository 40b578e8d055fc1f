import type { TurnOutput, TurnRequest } from './engine.js';
import { noHost } from './host-link.js';

/** For tests: a turn with nothing before it. */
export const turnOf = (text: string, more: Partial<TurnRequest> = {}): TurnRequest => ({
  text,
  history: [],
  facts: { name: undefined, notes: [] },
  cwd: '/nonexistent',
  signal: new AbortController().signal,
  host: noHost,
  ...more,
});

/** For tests: keeps what an engine says. */
export class KeptOutput implements TurnOutput {
  readonly chunks: string[] = [];
  readonly steps: string[] = [];

  get said(): string {
    return this.chunks.join('');
  }

  async text(chunk: string): Promise<void> {
    this.chunks.push(chunk);
  }

  async step(title: string): Promise<(summary: string, failed?: boolean) => Promise<void>> {
    return async (summary, failed = false) => void this.steps.push(`${title}: ${failed ? 'failed, ' : ''}${summary}`);
  }
}
