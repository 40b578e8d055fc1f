import type { ReactNode } from 'react';
import type { Tone } from '../format/tones.js';
import { classes } from './classes.js';
import { StatusIcon } from './StatusIcon.js';

/** A status in words with its icon. */
export function Badge({ tone, children, solid = false }: { readonly tone: Tone; readonly children: ReactNode; readonly solid?: boolean }) {
  return (
    <span className={classes('badge', `badge-${tone}`, solid && 'badge-solid')}>
      <StatusIcon tone={tone} size={13} />
      {children}
    </span>
  );
}

/** A small neutral fact. */
export function Chip({ children, title }: { readonly children: ReactNode; readonly title?: string }) {
  return (
    <span className="chip" title={title}>
      {children}
    </span>
  );
}
