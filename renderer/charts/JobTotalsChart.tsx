import { memo } from 'react';
import { Bar, BarChart, CartesianGrid, Line, LineChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { countText, shortCountText } from '../format/numbers.js';
import { dateText, durationText } from '../format/time.js';
import { axisTick, ChartLegend, ChartTip, cursorLook, gridLook } from './ChartTip.js';
import type { JobTotalsPoint } from './jobTotalsSeries.js';
import { niceTicks } from './niceTicks.js';

const count = (value: unknown): string => countText(typeof value === 'number' ? value : null);
const latency = (value: unknown): string => durationText(typeof value === 'number' ? value : null);
const barLooks: Readonly<Record<string, string>> = { completed: 'series-good', failed: 'series-bad' };
const lineLooks: Readonly<Record<string, string>> = { waitMs: 'series-2', runMs: 'series-1' };

/** Jobs that ended in each step above, how long they waited and ran below, on one time axis. */
export const JobTotalsChart = memo(function JobTotalsChart({
  points,
  ticks,
  tickText,
}: {
  readonly points: readonly JobTotalsPoint[];
  readonly ticks: readonly number[];
  readonly tickText: (atMs: number) => string;
}) {
  const data = [...points];
  const most = points.reduce((max, point) => Math.max(max, point.completed + point.failed), 0);
  const slowest = points.reduce((max, point) => Math.max(max, point.waitMs ?? 0, point.runMs ?? 0), 0);
  const sum = (pick: 'completed' | 'failed'): number => points.reduce((total, point) => total + point[pick], 0);
  const time = {
    dataKey: 'atMs',
    type: 'number',
    scale: 'time',
    domain: [points[0]?.atMs ?? 0, points.at(-1)?.atMs ?? 1],
    ticks: [...ticks],
    tickFormatter: tickText,
    tick: axisTick,
    tickLine: false,
    axisLine: { stroke: 'var(--border)' },
    padding: { left: 6, right: 6 },
  } as const;
  const value = { width: 56, tick: axisTick, tickLine: false, axisLine: false, interval: 0 } as const;
  const counts = niceTicks(Math.max(4, most), 3);
  const times = niceTicks(Math.max(100, slowest), 3);
  return (
    <figure className="chart" aria-label={`Jobs that ended: ${sum('completed')} completed, ${sum('failed')} not`}>
      <ChartLegend
        rows={[
          { name: 'completed', look: 'series-good', value: countText(sum('completed')) },
          { name: 'failed or cancelled', look: 'series-bad', value: countText(sum('failed')) },
          { name: 'wait p95', look: 'series-2' },
          { name: 'run p95', look: 'series-1' },
        ]}
      />
      <div className="chart-box chart-upper">
        <ResponsiveContainer width="100%" height="100%">
          <BarChart data={data} margin={{ top: 6, right: 4, bottom: 7, left: 0 }} barCategoryGap={1} syncId="jobs">
            <CartesianGrid {...gridLook} />
            <XAxis {...time} hide />
            <YAxis {...value} allowDecimals={false} domain={[0, counts.at(-1) ?? 4]} ticks={[...counts]} tickFormatter={shortCountText} />
            <Tooltip
              isAnimationActive={false}
              cursor={{ fill: 'var(--hover)' }}
              content={({ active, payload, label }) =>
                active === true && payload.length > 0 ? (
                  <ChartTip
                    title={typeof label === 'number' ? dateText(label) : ''}
                    rows={payload.map((entry) => ({ name: String(entry.name), value: count(entry.value), look: barLooks[String(entry.dataKey)] ?? '' }))}
                  />
                ) : null
              }
            />
            <Bar name="completed" dataKey="completed" stackId="jobs" fill="var(--good)" fillOpacity={0.75} isAnimationActive={false} maxBarSize={14} />
            <Bar name="failed or cancelled" dataKey="failed" stackId="jobs" fill="var(--bad)" isAnimationActive={false} maxBarSize={14} />
          </BarChart>
        </ResponsiveContainer>
      </div>
      <div className="chart-box chart-lower">
        <ResponsiveContainer width="100%" height="100%">
          <LineChart data={data} margin={{ top: 6, right: 4, bottom: 0, left: 0 }} syncId="jobs">
            <CartesianGrid {...gridLook} />
            <XAxis {...time} height={22} />
            <YAxis
              {...value}
              domain={[0, times.at(-1) ?? 100]}
              ticks={[...times]}
              tickFormatter={(tick: number) => durationText(tick).replace(' ', '\u00a0')}
            />
            <Tooltip
              isAnimationActive={false}
              cursor={cursorLook}
              content={({ active, payload, label }) =>
                active === true && payload.length > 0 ? (
                  <ChartTip
                    title={typeof label === 'number' ? dateText(label) : ''}
                    rows={payload.map((entry) => ({ name: String(entry.name), value: latency(entry.value), look: lineLooks[String(entry.dataKey)] ?? '' }))}
                  />
                ) : null
              }
            />
            {(['waitMs', 'runMs'] as const).map((key) => (
              <Line
                key={key}
                name={key === 'waitMs' ? 'wait p95' : 'run p95'}
                type="linear"
                dataKey={key}
                stroke={key === 'waitMs' ? 'var(--series-2)' : 'var(--series-1)'}
                strokeWidth={1.6}
                // A lone point between two gaps would be no line at all.
                dot={{ r: 1.6, strokeWidth: 0, fill: key === 'waitMs' ? 'var(--series-2)' : 'var(--series-1)' }}
                connectNulls={false}
                isAnimationActive={false}
              />
            ))}
          </LineChart>
        </ResponsiveContainer>
      </div>
    </figure>
  );
});
