import { memo } from 'react';
import { Bar, BarChart, CartesianGrid, ErrorBar, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { countText, rewardText, shareText } from '../format/numbers.js';
import type { ArmRewardRow } from './armRewardsSeries.js';
import { axisTick, ChartTip } from './ChartTip.js';

const rowPx = 40;

/** Estimated reward of each arm with its 95 % interval, beside what is known about it. */
export const ArmRewardsChart = memo(function ArmRewardsChart({ rows }: { readonly rows: readonly ArmRewardRow[] }) {
  return (
    <figure className="chart arm-chart" aria-label={`Estimated reward by arm: ${rows.map((row) => `${row.arm} ${rewardText(row.mean)}`).join(', ')}`}>
      <div className="arm-bars" style={{ height: rows.length * rowPx + 24 }}>
        <ResponsiveContainer width="100%" height="100%">
          <BarChart data={[...rows]} layout="vertical" margin={{ top: 0, right: 8, bottom: 0, left: 0 }} barCategoryGap={10}>
            <CartesianGrid stroke="var(--grid)" horizontal={false} />
            <XAxis type="number" domain={[0, 1]} ticks={[0, 0.25, 0.5, 0.75, 1]} tick={axisTick} tickLine={false} axisLine={false} height={24} />
            <YAxis type="category" dataKey="arm" width={84} tick={{ fontSize: 12.5, fill: 'var(--text)' }} tickLine={false} axisLine={false} interval={0} />
            <Tooltip
              isAnimationActive={false}
              cursor={{ fill: 'var(--hover)' }}
              content={({ active, payload }) => {
                const row: ArmRewardRow | undefined = payload[0]?.payload;
                return active === true && row !== undefined ? (
                  <ChartTip
                    title={row.arm}
                    rows={[
                      { name: 'estimated reward', value: rewardText(row.mean), look: 'series-1' },
                      { name: '95 % interval', value: `${rewardText(row.low)} to ${rewardText(row.high)}`, look: 'series-whisker' },
                      { name: 'share of next turns', value: shareText(row.share), look: 'series-none' },
                    ]}
                  />
                ) : null;
              }}
            />
            <Bar dataKey="mean" fill="var(--series-1)" fillOpacity={0.82} radius={[0, 3, 3, 0]} isAnimationActive={false} maxBarSize={16}>
              <ErrorBar dataKey="whisker" direction="x" width={7} strokeWidth={1.5} stroke="var(--text)" isAnimationActive={false} />
            </Bar>
          </BarChart>
        </ResponsiveContainer>
      </div>
      <table className="arm-facts">
        <thead>
          <tr>
            <th scope="col" className="visually-hidden">
              Arm
            </th>
            <th scope="col">Reward</th>
            <th scope="col">Share</th>
            <th scope="col">Turns</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.arm}>
              <th scope="row" className="visually-hidden">
                {row.arm}
              </th>
              <td>{rewardText(row.mean)}</td>
              <td>{shareText(row.share)}</td>
              <td>{countText(row.pulls)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
});
