import type { Span, TurnView } from '../../contract/state.js';

export interface TraceBar {
  readonly step: string;
  readonly note: string | undefined;
  readonly open: boolean;
  readonly startMs: number;
  readonly lengthMs: number;
  /** Position within the whole turn, 0..100. */
  readonly leftPercent: number;
  readonly widthPercent: number;
}

export interface Trace {
  readonly totalMs: number;
  readonly bars: readonly TraceBar[];
}

const minWidthPercent = 0.6;

/** Spans as bars over the whole turn; an open span of a running turn reaches to `nowMs`. */
export function traceSeries(turn: Pick<TurnView, 'createdAt' | 'endedAt' | 'timings' | 'trace'>, nowMs: number): Trace {
  const elapsedMs = Math.max(0, turn.endedAt === null ? nowMs - turn.createdAt : (turn.timings.totalMs ?? turn.endedAt - turn.createdAt));
  const endOf = (span: Span): number => Math.max(span.startMs, span.endMs ?? elapsedMs);
  const totalMs = Math.max(1, elapsedMs, ...turn.trace.map(endOf));
  const bars = [...turn.trace]
    .sort((left, right) => left.startMs - right.startMs)
    .map((span) => {
      const lengthMs = endOf(span) - span.startMs;
      const widthPercent = Math.max(minWidthPercent, (lengthMs / totalMs) * 100);
      return {
        step: span.step,
        note: span.note,
        open: span.endMs === null && turn.endedAt === null,
        startMs: span.startMs,
        lengthMs,
        leftPercent: Math.min((Math.max(0, span.startMs) / totalMs) * 100, 100 - minWidthPercent),
        widthPercent: Math.min(widthPercent, 100),
      };
    });
  return { totalMs, bars };
}
