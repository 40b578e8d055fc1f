import { memo } from 'react';
import { Area, AreaChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { countText, shortCountText } from '../format/numbers.js';
import { tickEveryMs, timeTicks } from './buckets.js';
import { axisTick, ChartLegend, ChartTip, cursorLook, gridLook, queueColour, queueLook, timeTick, tipTime } from './ChartTip.js';
import { niceTicks } from './niceTicks.js';
import type { QueueDepthSeries } from './queueDepthSeries.js';

/** Jobs waiting or in work, per queue. Gaps are moments nobody measured. */
export const QueueDepthChart = memo(function QueueDepthChart({ series }: { readonly series: QueueDepthSeries }) {
  const last = [...series.points].reverse().find((point) => Object.values(point.depth).some((depth) => depth !== null));
  const ticks = niceTicks(Math.max(4, series.max), 4);
  return (
    <figure className="chart" aria-label={`Queue depth, highest ${series.max}`}>
      <ChartLegend rows={series.queues.map((queue, index) => ({ name: queue, look: queueLook(index), value: countText(last?.depth[queue] ?? null) }))} />
      <div className="chart-box">
        <ResponsiveContainer width="100%" height="100%">
          <AreaChart data={[...series.points]} margin={{ top: 6, right: 4, bottom: 0, left: 0 }}>
            <CartesianGrid {...gridLook} />
            <XAxis
              dataKey="atMs"
              type="number"
              scale="time"
              domain={[series.fromMs, series.toMs]}
              ticks={[...timeTicks(series.fromMs, series.toMs, tickEveryMs(series.toMs - series.fromMs))]}
              tickFormatter={timeTick}
              tick={axisTick}
              tickLine={false}
              axisLine={{ stroke: 'var(--border)' }}
              height={22}
            />
            <YAxis
              allowDecimals={false}
              width={38}
              domain={[0, ticks.at(-1) ?? 4]}
              ticks={[...ticks]}
              tickFormatter={shortCountText}
              tick={axisTick}
              tickLine={false}
              axisLine={false}
            />
            <Tooltip
              isAnimationActive={false}
              cursor={cursorLook}
              content={({ active, payload, label }) =>
                active === true && payload.length > 0 ? (
                  <ChartTip
                    title={tipTime(label)}
                    rows={payload.map((entry, index) => ({
                      name: String(entry.name),
                      value: countText(typeof entry.value === 'number' ? entry.value : null),
                      look: queueLook(index),
                    }))}
                  />
                ) : null
              }
            />
            {series.queues.map((queue, index) => (
              <Area
                key={queue}
                name={queue}
                type="linear"
                dataKey={(point: QueueDepthSeries['points'][number]) => point.depth[queue] ?? null}
                stroke={queueColour(index)}
                strokeWidth={1.6}
                fill={queueColour(index)}
                fillOpacity={0.14}
                connectNulls={false}
                isAnimationActive={false}
                dot={false}
                activeDot={{ r: 3, strokeWidth: 0, fill: queueColour(index) }}
              />
            ))}
          </AreaChart>
        </ResponsiveContainer>
      </div>
    </figure>
  );
});
