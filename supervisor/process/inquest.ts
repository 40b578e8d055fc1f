import type { Readable } from 'node:stream';
import type { ExitView } from '../../contract/state.js';
import type { Clock } from '../../core/base/clock.js';
import { within } from '../../core/base/deadline.js';
import { type ExitFacts, exitReason } from './exit-reason.js';
import { findReason, lastWords } from './last-words.js';
import type { LogLine, LogTail } from './types.js';

/** Longest wait for the last lines of a crash, and for the name of who holds its port: an exit is told late by no more than this. */
const lastWordsMs = 150;
const portHolderMs = 2_000;
const linesRead = 60;

/** What may be asked about the machine when a process ended. */
export interface Witnesses {
  /** Whether the kernel killed for want of memory in these seconds; each of its kills answers one question. */
  readonly oomKilled: () => boolean;
  /** Who listens on a port, in words. */
  readonly portHolder: (port: number) => Promise<string | null>;
}

export interface InquestOptions extends Witnesses {
  readonly clock: Clock;
  /** The log of the name; what stood in it before belongs to earlier lives. */
  readonly log: Pick<LogTail, 'read'>;
  /** Where it was to listen, where that is known. */
  readonly port?: number | null;
}

/** Finds out why one life ended: from how it ended, from what it said last, and from the machine. */
export class Inquest {
  readonly #options: InquestOptions;
  readonly #seqBefore: number;
  readonly #outputEnds: Promise<void>[] = [];

  constructor(options: InquestOptions) {
    this.#options = options;
    this.#seqBefore = options.log.read(1).at(-1)?.seq ?? 0;
  }

  /** Output of the process that ends up in the log. */
  hears(stream: Readable): void {
    this.#outputEnds.push(new Promise((resolve) => stream.once('close', resolve).once('end', resolve)));
  }

  /** The reason of an end nobody asked for. Never rejects. */
  async explain(facts: ExitFacts): Promise<ExitView> {
    const { clock, oomKilled, portHolder } = this.#options;
    // Output trails the exit a little; who was killed had no time for last words.
    if (facts.signal !== 'SIGKILL') await within(clock, lastWordsMs, Promise.all(this.#outputEnds));
    const oomKill = facts.signal === 'SIGKILL' && oomKilled();
    const found = findReason(this.#ownLines().map(({ text }) => text));
    const finding = found?.cause === 'port-conflict' ? { ...found, port: found.port ?? this.#options.port ?? null } : found;
    let holder: string | null = null;
    if (finding?.cause === 'port-conflict' && finding.port !== null) {
      const answer = await within(
        clock,
        portHolderMs,
        portHolder(finding.port).catch(() => null),
      );
      holder = answer.kind === 'done' ? answer.value : null;
    }
    return exitReason({ ...facts, oomKill, finding, portHolder: holder });
  }

  /** The exit with the last words of the process, where they could tell anything. */
  withLastLine(exit: ExitView): ExitView {
    const lastLine = exit.cause === 'deliberate' || exit.cause === 'clean' ? null : lastWords(this.#ownLines());
    return lastLine === null ? exit : { ...exit, lastLine };
  }

  #ownLines(): readonly LogLine[] {
    return this.#options.log.read(linesRead, this.#seqBefore).filter(({ stream }) => stream !== 'roost');
  }
}
