import { type ReactNode, useId } from 'react';

/** A short explanation on hover and on focus. */
export function Tooltip({ text, children }: { readonly text: string; readonly children: ReactNode }) {
  const id = useId();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the explanation has to be reachable without a mouse
    <span className="tooltip" tabIndex={0} aria-describedby={id}>
      {children}
      <span className="tooltip-text" role="tooltip" id={id}>
        {text}
      </span>
    </span>
  );
}
