/** Hand-outs are counted over this long, and the busiest such stretch is remembered for `rememberMs`. */
const tempoMs = 10_000;
const rememberMs = 60_000;
const keptHandOuts = 2_000;

export interface WarmFacts {
  /** As configured. */
  readonly size: number;
  /** How many stay when nobody asks for any. */
  readonly quietSize: number;
  /** Sessions that could still get a place. */
  readonly freePlaces: number;
  /** Hand-outs in the busiest ten seconds of the last minute. */
  readonly busiest: number;
  readonly startupMs: number;
  readonly quietForMs: number;
  readonly idleTtlMs: number;
}

/**
 * How many warm agents are worth keeping now. Under load as many more as are handed out while one
 * starts, twice, and at most the configured size again; never more than places are left, but for the
 * one that the first in line gets when a place comes free; few when it is quiet.
 */
export function warmTarget(facts: WarmFacts): number {
  const { size, quietSize, freePlaces, busiest, startupMs, quietForMs, idleTtlMs } = facts;
  if (quietForMs >= idleTtlMs) return Math.min(size, quietSize);
  const ahead = Math.min(size, Math.round((2 * busiest * startupMs) / tempoMs));
  return Math.max(Math.min(1, size), Math.min(size + ahead, freePlaces));
}

/** When agents of each template were handed out: how busy it is, and how long it has been quiet. */
export class Tempo {
  readonly #startedMs: number;
  readonly #handOuts = new Map<string, number[]>();
  readonly #last = new Map<string, number>();

  constructor(startedMs: number) {
    this.#startedMs = startedMs;
  }

  handedOut(template: string, monoMs: number): void {
    let times = this.#handOuts.get(template);
    // Tidied now and then, not at every hand-out: whoever reads leaves out what is too old.
    if (times === undefined || times.length >= keptHandOuts * 2) {
      times = (times ?? []).filter((at) => monoMs - at < rememberMs).slice(-keptHandOuts);
      this.#handOuts.set(template, times);
    }
    times.push(monoMs);
    this.#last.set(template, monoMs);
  }

  /** A person asked for agents of it: that ends a quiet hour as a session does. */
  askedFor(template: string, monoMs: number): void {
    this.#last.set(template, monoMs);
  }

  busiest(template: string, monoMs: number): number {
    const times = (this.#handOuts.get(template) ?? []).filter((at) => monoMs - at < rememberMs);
    let most = 0;
    let first = 0;
    for (const [last, at] of times.entries()) {
      while (at - (times[first] ?? at) >= tempoMs) first += 1;
      most = Math.max(most, last - first + 1);
    }
    return most;
  }

  quietForMs(template: string, monoMs: number): number {
    return monoMs - (this.#last.get(template) ?? this.#startedMs);
  }
}
