import { clockText, shortClockText } from '../format/time.js';

export interface TipRow {
  readonly name: string;
  readonly value: string;
  /** Class that sets the colour of the key, as the line or bar has it. */
  readonly look: string;
}

/** The little panel at the cursor of every chart. */
export function ChartTip({ title, rows }: { readonly title: string; readonly rows: readonly TipRow[] }) {
  return (
    <div className="chart-tip">
      <p>{title}</p>
      <dl>
        {rows.map((row) => (
          <div key={row.name}>
            <dt>
              <i className={`chart-key ${row.look}`} />
              {row.name}
            </dt>
            <dd>{row.value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

export function ChartLegend({ rows }: { readonly rows: readonly { readonly name: string; readonly look: string; readonly value?: string }[] }) {
  return (
    <ul className="chart-legend">
      {rows.map((row) => (
        <li key={row.name}>
          <i className={`chart-key ${row.look}`} />
          {row.name}
          {row.value === undefined ? null : <b>{row.value}</b>}
        </li>
      ))}
    </ul>
  );
}

export const axisTick = { fontSize: 11, fill: 'var(--text-3)' } as const;
export const timeTick = (atMs: number): string => shortClockText(atMs);
export const tipTime = (atMs: unknown): string => (typeof atMs === 'number' ? clockText(atMs) : '');
export const gridLook = { stroke: 'var(--grid)', vertical: false } as const;
export const cursorLook = { stroke: 'var(--border-strong)', strokeWidth: 1 } as const;
export const queueColours = ['var(--series-1)', 'var(--series-2)', 'var(--series-3)', 'var(--series-4)'] as const;
export const queueLook = (index: number): string => `series-${(index % queueColours.length) + 1}`;
export const queueColour = (index: number): string => queueColours[index % queueColours.length] ?? queueColours[0];
