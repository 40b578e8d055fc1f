import type { ButtonHTMLAttributes, ReactNode } from 'react';
import { classes } from './classes.js';

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly look?: 'primary' | 'plain' | 'quiet' | 'danger';
  readonly size?: 'normal' | 'small';
  readonly icon?: ReactNode;
}

export function Button({ look = 'plain', size = 'normal', icon, children, className, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      className={classes('button', `button-${look}`, size === 'small' && 'button-small', children === undefined && 'button-icon', className)}
      {...rest}
    >
      {icon}
      {children === undefined ? null : <span>{children}</span>}
    </button>
  );
}
