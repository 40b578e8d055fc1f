import { Duplex, type Readable } from 'node:stream';
import type { Inquest } from './inquest.js';
import type { ProcessLog } from './log-tail.js';
import type { Launch } from './types.js';

interface ChildOutputParts {
  readonly launch: Pick<Launch, 'capture' | 'takes'>;
  readonly log: ProcessLog;
  readonly inquest: Inquest;
}

/** Where the output of one life goes: to its log, or to whoever asked for it whole. */
export class ChildOutput {
  readonly #parts: ChildOutputParts;
  #ends: (() => void)[] = [];
  #captured = 0;

  constructor(parts: ChildOutputParts) {
    this.#parts = parts;
  }

  attach(stream: Readable, kind: 'out' | 'err'): void {
    const { launch, log, inquest } = this.#parts;
    const { capture, takes } = launch;
    // The end of the output comes before the exit: to take the socket apart can wait until the next life is started.
    if (capture === undefined && stream instanceof Duplex) stream.allowHalfOpen = true;
    if (capture === undefined) this.#ends.push(log.attach(stream, kind, kind === 'out' ? takes : undefined));
    else {
      this.#captured += 1;
      stream.on('data', (chunk: Buffer) => capture.chunk(chunk)).on('error', () => undefined);
      stream.on('close', () => --this.#captured === 0 && capture.end());
    }
    inquest.hears(stream);
  }

  /** The last, unfinished lines are written, too. */
  close(): void {
    for (const finish of this.#ends) finish();
    this.#ends = [];
  }
}
