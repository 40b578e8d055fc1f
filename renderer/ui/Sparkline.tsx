import { sparkPath } from '../charts/sparkPath.js';

/** A trend without axes beside its number; the number is what is read aloud. */
export function Sparkline({ values }: { readonly values: readonly (number | null)[] }) {
  return (
    <svg className="sparkline" viewBox="0 -1.5 96 27" preserveAspectRatio="none" aria-hidden="true">
      <path d={sparkPath(values, 96, 24)} vectorEffect="non-scaling-stroke" />
    </svg>
  );
}
