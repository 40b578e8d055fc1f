import type { ReactNode } from 'react';
import type { Tone } from '../format/tones.js';
import { classes } from './classes.js';
import { Sparkline } from './Sparkline.js';

/** One number with its name, a line of context and its recent trend. */
export function Stat({
  name,
  value,
  context,
  tone,
  trend,
}: {
  readonly name: string;
  readonly value: ReactNode;
  readonly context: ReactNode;
  readonly tone?: Tone;
  readonly trend?: readonly (number | null)[];
}) {
  return (
    <div className={classes('stat', tone !== undefined && `stat-${tone}`)}>
      <dt>{name}</dt>
      <dd>
        <span className="stat-value">{value}</span>
        {trend === undefined ? null : <Sparkline values={trend} />}
      </dd>
      <dd className="stat-context">{context}</dd>
    </div>
  );
}
