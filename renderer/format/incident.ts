import type { IncidentStep, IncidentSummary } from '../../contract/state.js';
import { durationText } from './time.js';
import type { Tone } from './tones.js';

export const incidentTone = ({ status }: Pick<IncidentSummary, 'status'>): Tone => (status === 'open' ? 'bad' : 'good');

/** "still open", "over after 1.5 s". */
export function tookText({ status, recoveryMs }: Pick<IncidentSummary, 'status' | 'recoveryMs'>): string {
  if (status === 'open') return 'still open';
  return recoveryMs === null ? 'over, time unknown' : `over after ${durationText(recoveryMs)}`;
}

const tones: Readonly<Record<IncidentStep['kind'], Tone>> = {
  'last-sign': 'idle',
  down: 'bad',
  stalled: 'bad',
  'agent-died': 'bad',
  'given-up': 'bad',
  'set-aside': 'warn',
  restart: 'busy',
  requeued: 'busy',
  'agent-replaced': 'good',
  up: 'good',
  note: 'idle',
  resolved: 'good',
};
export const stepTone = (kind: IncidentStep['kind']): Tone => tones[kind];

/** "at once", "31 s after its last sign": what hangs shows itself later than it began. */
export function detectedText({ beganAtMs, detectedAtMs }: Pick<IncidentSummary, 'beganAtMs' | 'detectedAtMs'>): string {
  const unseenMs = detectedAtMs - beganAtMs;
  return unseenMs < 500 ? 'at once' : `${durationText(unseenMs)} after the last good sign`;
}

/** Time since the beginning, as the timeline shows it. */
export const offsetText = (atMs: number, beganAtMs: number): string => `+${durationText(Math.max(0, atMs - beganAtMs))}`;

/** Whom a step is about, where its sentence does not say it. */
export const aboutText = ({ process, message }: Pick<IncidentStep, 'process' | 'message'>): string | null =>
  message.toLowerCase().includes(process.toLowerCase()) ? null : process;
