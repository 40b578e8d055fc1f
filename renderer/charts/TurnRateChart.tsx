import { memo } from 'react';
import { Bar, BarChart, CartesianGrid, Line, LineChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { durationText } from '../format/time.js';
import { tickEveryMs, timeTicks } from './buckets.js';
import { axisTick, ChartLegend, ChartTip, cursorLook, gridLook, timeTick, tipTime } from './ChartTip.js';
import { niceTicks } from './niceTicks.js';
import type { TurnRatePoint } from './turnRateSeries.js';

const rate = (value: unknown): string => (typeof value === 'number' ? `${value.toFixed(1)}/s` : '–');
const latency = (value: unknown): string => durationText(typeof value === 'number' ? value : null);
/** The newest step only: an older value would contradict the number beside it. */
const last = (points: readonly TurnRatePoint[], pick: (point: TurnRatePoint) => number | null): number | null => {
  const newest = points.at(-1);
  return newest === undefined ? null : pick(newest);
};

/** Turns per second above, their median time below, on one time axis. */
export const TurnRateChart = memo(function TurnRateChart({ points }: { readonly points: readonly TurnRatePoint[] }) {
  const fromMs = points[0]?.atMs ?? 0;
  const toMs = points.at(-1)?.atMs ?? 0;
  const data = [...points];
  const highest = points.reduce((max, point) => Math.max(max, (point.done ?? 0) + (point.failed ?? 0)), 0);
  const slowest = points.reduce((max, point) => Math.max(max, point.p50Ms ?? 0), 0);
  const time = {
    dataKey: 'atMs',
    type: 'number',
    scale: 'time',
    domain: [fromMs, toMs],
    ticks: [...timeTicks(fromMs, toMs, tickEveryMs(toMs - fromMs))],
    tickFormatter: timeTick,
    tick: axisTick,
    tickLine: false,
    axisLine: { stroke: 'var(--border)' },
  } as const;
  const value = { width: 52, tick: axisTick, tickLine: false, axisLine: false, interval: 0 } as const;
  const rates = niceTicks(Math.max(1, highest), 3);
  const times = niceTicks(Math.max(100, slowest), 3);
  return (
    <figure className="chart" aria-label="Turns per second and median time">
      <ChartLegend
        rows={[
          { name: 'done', look: 'series-good', value: rate(last(points, (point) => point.done)) },
          { name: 'failed', look: 'series-bad', value: rate(last(points, (point) => point.failed)) },
          { name: 'median time', look: 'series-2', value: latency(last(points, (point) => point.p50Ms)) },
        ]}
      />
      <div className="chart-box chart-upper">
        <ResponsiveContainer width="100%" height="100%">
          <BarChart data={data} margin={{ top: 6, right: 4, bottom: 7, left: 0 }} barCategoryGap={1} syncId="turns">
            <CartesianGrid {...gridLook} />
            <XAxis {...time} hide padding={{ left: 4, right: 4 }} />
            <YAxis {...value} domain={[0, rates.at(-1) ?? 1]} ticks={[...rates]} tickFormatter={(tick: number) => `${Number(tick.toFixed(1))}/s`} />
            <Tooltip
              isAnimationActive={false}
              cursor={{ fill: 'var(--hover)' }}
              content={({ active, payload, label }) =>
                active === true && payload.length > 0 ? (
                  <ChartTip
                    title={tipTime(label)}
                    rows={payload.map((entry) => ({
                      name: String(entry.name),
                      value: rate(entry.value),
                      look: entry.dataKey === 'failed' ? 'series-bad' : 'series-good',
                    }))}
                  />
                ) : null
              }
            />
            <Bar name="done" dataKey="done" stackId="turns" fill="var(--good)" fillOpacity={0.75} isAnimationActive={false} maxBarSize={8} />
            <Bar name="failed" dataKey="failed" stackId="turns" fill="var(--bad)" isAnimationActive={false} maxBarSize={8} />
          </BarChart>
        </ResponsiveContainer>
      </div>
      <div className="chart-box chart-lower">
        <ResponsiveContainer width="100%" height="100%">
          <LineChart data={data} margin={{ top: 6, right: 4, bottom: 0, left: 0 }} syncId="turns">
            <CartesianGrid {...gridLook} />
            <XAxis {...time} height={22} padding={{ left: 4, right: 4 }} />
            <YAxis
              {...value}
              domain={[0, times.at(-1) ?? 100]}
              ticks={[...times]}
              tickFormatter={(tick: number) => durationText(tick).replaceAll(' ', '\u00a0')}
            />
            <Tooltip
              isAnimationActive={false}
              cursor={cursorLook}
              content={({ active, payload, label }) =>
                active === true && payload.length > 0 ? (
                  <ChartTip title={tipTime(label)} rows={[{ name: 'median time', value: latency(payload[0]?.value), look: 'series-2' }]} />
                ) : null
              }
            />
            <Line
              name="median time"
              type="monotone"
              dataKey="p50Ms"
              stroke="var(--series-2)"
              strokeWidth={1.6}
              dot={false}
              connectNulls={false}
              isAnimationActive={false}
              activeDot={{ r: 3, strokeWidth: 0, fill: 'var(--series-2)' }}
            />
          </LineChart>
        </ResponsiveContainer>
      </div>
    </figure>
  );
});
