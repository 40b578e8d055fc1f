import { durationText } from '../format/time.js';
import { stepText } from '../format/wording.js';
import type { Trace } from './traceSeries.js';

/** The steps of one turn on its own time line. */
export function TraceChart({ trace }: { readonly trace: Trace }) {
  if (trace.bars.length === 0) return <p className="trace-empty">No steps recorded yet.</p>;
  return (
    <ol className="trace" aria-label={`Steps of this turn, ${durationText(trace.totalMs)} in all`}>
      {trace.bars.map((bar) => (
        <li key={`${bar.step}-${bar.startMs}`} title={bar.note}>
          <span className="trace-step">{stepText(bar.step)}</span>
          <span className="trace-lane">
            <i
              className={`trace-bar trace-${bar.step.replace(/[^a-z-]/gi, '')}${bar.open ? ' trace-open' : ''}`}
              style={{ left: `${bar.leftPercent}%`, width: `${bar.widthPercent}%` }}
            />
          </span>
          <span className="trace-time">{durationText(bar.lengthMs)}</span>
          {bar.note === undefined ? null : <span className="trace-note">{bar.note}</span>}
        </li>
      ))}
    </ol>
  );
}
