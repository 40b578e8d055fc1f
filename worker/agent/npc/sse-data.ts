/** A provider that breaks the rules of the stream: the message says which rule, fit for a person. */
export class StreamError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StreamError';
  }
}

const maxEventChars = 256 * 1024;

/**
 * The `data` of each server-sent event of a byte stream (WHATWG HTML, 9.2.6): comments, other fields and
 * events without data are skipped, lines end at CR LF, LF or CR, and no event is longer than 256 Ki characters.
 */
export async function* eventData(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  let data: string[] = [];
  let size = 0;
  let done = false;
  try {
    while (!done) {
      const chunk = await reader.read();
      done = chunk.done;
      rest += chunk.done ? decoder.decode() : decoder.decode(chunk.value, { stream: true });
      // A CR at the very end may be half of a CR LF: it waits for the next chunk.
      const lines = rest.split(done ? /\r\n|\n|\r/ : /\r\n|\n|\r(?!$)/);
      rest = done ? '' : (lines.pop() ?? '');
      if (rest.length > maxEventChars) throw new StreamError('it sent an event longer than 256 KiB');
      for (const line of lines) {
        if (line === '') {
          if (data.length > 0) yield data.join('\n');
          data = [];
          size = 0;
        } else if (line.startsWith('data:')) {
          const value = line.slice(line[5] === ' ' ? 6 : 5);
          size += value.length;
          if (size > maxEventChars) throw new StreamError('it sent an event longer than 256 KiB');
          data.push(value);
        }
      }
    }
    // The standard drops an event without its blank line; real servers end their stream like that.
    if (data.length > 0) yield data.join('\n');
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
