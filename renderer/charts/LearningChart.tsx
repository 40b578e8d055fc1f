import { memo } from 'react';
import { CartesianGrid, Line, LineChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { countText, rewardText, shareText } from '../format/numbers.js';
import { axisTick, ChartLegend, ChartTip, cursorLook, gridLook, queueColour, queueLook } from './ChartTip.js';
import type { LearningPoint, LearningSeries } from './learningSeries.js';

const number = (value: unknown): number | null => (typeof value === 'number' ? value : null);

/** Mean reward by arm above, share of exploration below, over settled turns. */
export const LearningChart = memo(function LearningChart({ series }: { readonly series: LearningSeries }) {
  const data = [...series.points];
  const last = data.at(-1);
  const across = {
    dataKey: 'settled',
    type: 'number',
    domain: ['dataMin', 'dataMax'],
    tick: axisTick,
    tickLine: false,
    axisLine: { stroke: 'var(--border)' },
  } as const;
  const up = { width: 44, tick: axisTick, tickLine: false, axisLine: false } as const;
  const line = { type: 'monotone', strokeWidth: 1.6, connectNulls: true, isAnimationActive: false } as const;
  return (
    <figure className="chart" aria-label="Mean reward by arm and share of exploration over settled turns">
      <ChartLegend
        rows={[
          ...series.arms.map((arm, i) => ({ name: arm, look: queueLook(i), value: rewardText(last?.arms[arm] ?? null) })),
          { name: 'exploration', look: 'series-good', value: shareText(last?.exploration ?? null) },
        ]}
      />
      <div className="chart-box learning-upper">
        <ResponsiveContainer width="100%" height="100%">
          <LineChart data={data} margin={{ top: 6, right: 8, bottom: 0, left: 0 }} syncId="learning">
            <CartesianGrid {...gridLook} />
            <XAxis {...across} hide />
            <YAxis {...up} domain={[0, 1]} ticks={[0, 0.5, 1]} />
            <Tooltip
              isAnimationActive={false}
              cursor={cursorLook}
              content={({ active, payload }) => {
                const point: LearningPoint | undefined = payload[0]?.payload;
                return active === true && point !== undefined ? (
                  <ChartTip
                    title={`after ${countText(point.settled)} settled turns`}
                    rows={[
                      ...series.arms.map((arm, i) => ({ name: arm, value: rewardText(point.arms[arm] ?? null), look: queueLook(i) })),
                      { name: 'all', value: rewardText(point.reward), look: 'series-whisker' },
                    ]}
                  />
                ) : null;
              }}
            />
            {series.arms.map((arm, i) => (
              <Line key={arm} {...line} name={arm} dataKey={(point: LearningPoint) => point.arms[arm] ?? null} stroke={queueColour(i)} dot={data.length < 3} />
            ))}
          </LineChart>
        </ResponsiveContainer>
      </div>
      <div className="chart-box learning-lower">
        <ResponsiveContainer width="100%" height="100%">
          <LineChart data={data} margin={{ top: 6, right: 8, bottom: 0, left: 0 }} syncId="learning">
            <CartesianGrid {...gridLook} />
            <XAxis {...across} height={22} tickFormatter={(tick: number) => countText(tick)} />
            <YAxis {...up} domain={[0, 1]} ticks={[0, 0.5, 1]} tickFormatter={(tick: number) => shareText(tick)} />
            <Tooltip
              isAnimationActive={false}
              cursor={cursorLook}
              content={({ active, payload, label }) =>
                active === true && payload.length > 0 ? (
                  <ChartTip
                    title={`after ${countText(number(label))} settled turns`}
                    rows={[{ name: 'exploration', value: shareText(number(payload[0]?.value)), look: 'series-good' }]}
                  />
                ) : null
              }
            />
            <Line {...line} name="exploration" dataKey="exploration" stroke="var(--good)" dot={data.length < 3} />
          </LineChart>
        </ResponsiveContainer>
      </div>
    </figure>
  );
});
