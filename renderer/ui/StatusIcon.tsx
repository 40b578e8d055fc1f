import { CircleCheck, CircleDashed, LoaderCircle, OctagonX, TriangleAlert } from 'lucide-react';
import type { Tone } from '../format/tones.js';

const icons = { good: CircleCheck, warn: TriangleAlert, bad: OctagonX, busy: LoaderCircle, idle: CircleDashed } as const;

/** Tone as colour and as shape; the words stand beside it. */
export function StatusIcon({ tone, size = 14 }: { readonly tone: Tone; readonly size?: number }) {
  const Icon = icons[tone];
  return <Icon className={`status-icon tone-${tone}`} size={size} strokeWidth={2.2} aria-hidden="true" />;
}
