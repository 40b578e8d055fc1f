import type { TurnView } from '../../contract/state.js';
import type { TurnWork } from '../../contract/turn-work.js';
import type { Clock } from '../../core/base/clock.js';
import { Emitter } from '../../core/base/emitter.js';

export const hasEnded = (turn: TurnView): boolean => turn.status === 'done' || turn.status === 'failed' || turn.status === 'cancelled';

/** What an agent said so far in a turn under way: newer than the record in Redis. */
export interface LiveOutput {
  readonly text: string;
  readonly progress: string | null;
  readonly work?: TurnWork | null;
  /** The agent asked a person and stands still until the answer. */
  readonly waiting?: boolean;
}

function shown(turn: TurnView, { text, progress, work, waiting }: LiveOutput): TurnView {
  const status = turn.status !== 'running' && turn.status !== 'waiting-human' ? turn.status : waiting === true ? 'waiting-human' : 'running';
  return { ...turn, text, progress, status, ...(work == null ? {} : { work }) };
}

const keptTurns = 1_000;
const keptEnded = 100;
const keptVersions = 5_000;

/**
 * The newest view of every turn that moves, and a version per session for long polls. Fed by the
 * worker (records it wrote) and by deliveries (output as it streams in). Bounded; Redis has the rest.
 */
export class TurnFeed {
  readonly #clock: Clock;
  readonly #turns = new Map<string, TurnView>();
  readonly #live = new Map<string, LiveOutput>();
  readonly #listeners = new Map<string, Emitter<TurnView>>();
  readonly #ends: Emitter<TurnView>;
  readonly #versions = new Map<string, number>();
  readonly #waiters = new Map<string, Set<() => void>>();
  readonly #onError: (error: unknown) => void;
  /** How many of `#turns` have ended. */
  #ended = 0;
  #floor: number;

  constructor(options: { readonly clock: Clock; readonly onError?: (error: unknown) => void }) {
    this.#clock = options.clock;
    this.#onError = options.onError ?? (() => undefined);
    this.#ends = new Emitter(this.#onError);
    // Versions of an earlier run are always lower, so a screen that reconnects never waits on an old one.
    this.#floor = options.clock.wallMs();
  }

  /** A record as it now is in Redis. The end of a turn is final: a late view of the time before is dropped. */
  publish(turn: TurnView): void {
    const known = this.#turns.get(turn.id);
    if (known !== undefined && hasEnded(known) && !hasEnded(turn)) return;
    // Kept until then: without it a reader would see the answer shrink between its last piece and the end.
    if (hasEnded(turn) || turn.status === 'queued') this.#live.delete(turn.id);
    this.#turns.delete(turn.id);
    this.#turns.set(turn.id, turn);
    this.#ended += (hasEnded(turn) ? 1 : 0) - (known !== undefined && hasEnded(known) ? 1 : 0);
    this.#evict();
    this.#tell(turn.id, turn.sessionId);
    // Only an end that was watched: a rating days later must not count as another one.
    if (known !== undefined && !hasEnded(known) && hasEnded(turn)) this.#ends.emit(turn);
  }

  /** Output of a published turn under way. */
  live(turnId: string, output: LiveOutput): void {
    const turn = this.#turns.get(turnId);
    if (turn === undefined || hasEnded(turn)) return;
    this.#live.set(turnId, output);
    this.#tell(turnId, turn.sessionId);
  }

  get(turnId: string): TurnView | undefined {
    const turn = this.#turns.get(turnId);
    return turn === undefined ? undefined : this.withLive(turn);
  }

  /** The turn with the output that Redis does not have yet. */
  withLive(turn: TurnView): TurnView {
    const live = this.#live.get(turn.id);
    return live === undefined || hasEnded(turn) ? turn : shown(turn, live);
  }

  on(turnId: string, listener: (turn: TurnView) => void): () => void {
    const emitter = this.#listeners.get(turnId) ?? new Emitter<TurnView>(this.#onError);
    this.#listeners.set(turnId, emitter);
    const off = emitter.on(listener);
    return () => {
      off();
      if (emitter.size === 0 && this.#listeners.get(turnId) === emitter) this.#listeners.delete(turnId);
    };
  }

  /** Every turn that ends, once. */
  onEnd(listener: (turn: TurnView) => void): () => void {
    return this.#ends.on(listener);
  }

  version(sessionId: string): number {
    return this.#versions.get(sessionId) ?? this.#floor;
  }

  /** Something a reader of this session's conversation would see has changed. */
  touch(sessionId: string): void {
    this.#versions.set(sessionId, Math.max(this.version(sessionId), this.#floor) + 1);
    if (this.#versions.size > keptVersions) {
      const [oldest, version] = this.#versions.entries().next().value as [string, number];
      this.#versions.delete(oldest);
      // What is forgotten must not come back with a version that was already given out.
      this.#floor = Math.max(this.#floor, version + 1);
    }
    const waiters = this.#waiters.get(sessionId);
    this.#waiters.delete(sessionId);
    for (const wake of waiters ?? []) wake();
  }

  /** Resolves when the session's version is not `version`, at the deadline or on abort. */
  changed(sessionId: string, version: number, waitMs: number, signal?: AbortSignal): Promise<void> {
    if (this.version(sessionId) !== version || waitMs <= 0 || signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        timer.cancel();
        signal?.removeEventListener('abort', wake);
        const waiters = this.#waiters.get(sessionId);
        waiters?.delete(wake);
        if (waiters?.size === 0) this.#waiters.delete(sessionId);
        resolve();
      };
      const timer = this.#clock.after(waitMs, wake);
      signal?.addEventListener('abort', wake, { once: true });
      const waiters = this.#waiters.get(sessionId) ?? new Set();
      waiters.add(wake);
      this.#waiters.set(sessionId, waiters);
    });
  }

  #tell(turnId: string, sessionId: string): void {
    const turn = this.get(turnId);
    if (turn === undefined) return;
    this.#listeners.get(turnId)?.emit(turn);
    this.touch(sessionId);
  }

  #evict(): void {
    if (this.#turns.size <= keptTurns && this.#ended <= keptEnded) return;
    for (const [id, turn] of this.#turns) {
      if (this.#turns.size <= keptTurns && this.#ended <= keptEnded) return;
      if (!hasEnded(turn) && this.#turns.size <= keptTurns) continue;
      if (hasEnded(turn)) this.#ended -= 1;
      this.#turns.delete(id);
      this.#live.delete(id);
    }
  }
}
