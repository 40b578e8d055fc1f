import { type ReactNode, useId } from 'react';
import { classes } from './classes.js';

/** A titled region; the title is also its accessible name. */
export function Card({
  title,
  hint,
  actions,
  children,
  className,
  flush = false,
}: {
  readonly title: string;
  readonly hint?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  readonly className?: string;
  readonly flush?: boolean;
}) {
  const id = useId();
  return (
    <section className={classes('card', flush && 'card-flush', className)} aria-labelledby={id}>
      <header className="card-head">
        <h2 id={id}>{title}</h2>
        {hint === undefined ? null : <span className="card-hint">{hint}</span>}
        {actions === undefined ? null : <div className="card-actions">{actions}</div>}
      </header>
      <div className="card-body">{children}</div>
    </section>
  );
}
