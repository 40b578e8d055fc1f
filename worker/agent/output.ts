import type { SessionUpdate } from '@agentclientprotocol/sdk';
import type { TurnOutput } from './engine.js';

/** An update is one line on the wire, which may hold 1 MiB: six bytes for the worst character after escaping. */
const maxChunkChars = 64 * 1024;

export interface RecordedOutput extends TurnOutput {
  /** Everything said so far in this turn. */
  readonly said: () => string;
}

/** Turns what an engine says into session updates. Says nothing more once the turn is cancelled. */
export function createOutput(turnId: string, signal: AbortSignal, send: (update: SessionUpdate) => Promise<void>): RecordedOutput {
  const parts: string[] = [];
  let steps = 0;
  return {
    said: () => parts.join(''),
    async text(chunk) {
      signal.throwIfAborted();
      for (const text of pieces(chunk)) {
        parts.push(text);
        await send({ sessionUpdate: 'agent_message_chunk', content: { type: 'text', text } });
      }
    },
    async step(title, kind) {
      signal.throwIfAborted();
      const toolCallId = `${turnId}-${++steps}`;
      await send({ sessionUpdate: 'tool_call', toolCallId, title, kind, status: 'in_progress' });
      return (summary, failed = false) =>
        send({
          sessionUpdate: 'tool_call_update',
          toolCallId,
          status: failed ? 'failed' : 'completed',
          content: [{ type: 'content', content: { type: 'text', text: summary.slice(0, maxChunkChars) } }],
        });
    },
  };
}

/** Never between the two halves of a surrogate pair: half of one cannot be written as UTF-8. */
function* pieces(text: string): Generator<string> {
  for (let at = 0; at < text.length; ) {
    let end = Math.min(at + maxChunkChars, text.length);
    const last = text.charCodeAt(end - 1);
    if (end < text.length && last >= 0xd800 && last <= 0xdbff) end--;
    yield text.slice(at, end);
    at = end;
  }
}
