import type { DeliveryOutcome } from '../../contract/messages.js';
import { type Standing, slownessOf, timeoutMessage } from './slowness.js';

/** What ends a delivery from outside: the reason of its signal. */
export type Interrupt = 'cancelled' | 'deadline' | 'stopped';

export const failed = (code: string, message: string, retryable: boolean, agentMs: number): DeliveryOutcome => ({
  kind: 'failed',
  code,
  message,
  retryable,
  agentMs,
});

/** The outcome of a delivery whose signal was aborted; `standing` is where the turn stood in that moment. */
export function interrupted(
  signal: AbortSignal,
  { text, agentMs, deadlineMs, standing }: { readonly text: string; readonly agentMs: number; readonly deadlineMs: number; readonly standing: Standing },
): DeliveryOutcome {
  const reason = signal.reason as Interrupt;
  if (reason === 'deadline') return failed('timeout', timeoutMessage(slownessOf(standing), deadlineMs), false, agentMs);
  if (reason === 'stopped') return failed('shutting-down', 'Roost is shutting down.', true, agentMs);
  return { kind: 'cancelled', text };
}
