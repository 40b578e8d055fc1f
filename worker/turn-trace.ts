import type { Span, TurnView } from '../contract/state.js';

const ownSteps: ReadonlySet<string> = new Set(['queue', 'choose', 'agent']);

/** The worker's spans and timings of one turn; offsets are ms since the turn was accepted, never negative. */
export class TurnTrace {
  readonly timings: { queueMs: number | null; chooseMs: number | null };
  readonly #createdAt: number;
  readonly #spans: Span[];

  /** Goes on from an earlier run; what that run left open was cut off. */
  constructor(turn: TurnView, nowMs: number) {
    this.#createdAt = turn.createdAt;
    this.timings = { queueMs: turn.timings.queueMs, chooseMs: turn.timings.chooseMs };
    this.#spans = turn.trace
      .filter((span) => ownSteps.has(span.step))
      .map((span) => (span.endMs === null ? { ...span, endMs: this.offset(nowMs), note: 'cut off' } : span));
  }

  offset(wallMs: number): number {
    return Math.max(0, wallMs - this.#createdAt);
  }

  has(step: string): boolean {
    return this.#spans.some((span) => span.step === step);
  }

  add(step: string, fromWallMs: number, toWallMs: number | null, note?: string): void {
    this.#spans.push({
      step,
      startMs: this.offset(fromWallMs),
      endMs: toWallMs === null ? null : this.offset(toWallMs),
      ...(note === undefined ? {} : { note }),
    });
  }

  /** Ends the newest open span of this step. */
  close(step: string, wallMs: number, note?: string): void {
    const at = this.#spans.findLastIndex((span) => span.step === step && span.endMs === null);
    const open = this.#spans[at];
    if (open !== undefined) this.#spans[at] = { ...open, endMs: this.offset(wallMs), ...(note === undefined ? {} : { note }) };
  }

  get spans(): Span[] {
    return [...this.#spans];
  }
}
