import type { Runbook } from '../../contract/runbooks.js';
import type { Incident, IncidentStep, IncidentSummary, ProcessView } from '../../contract/state.js';
import { clockText, durationText } from './time.js';
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

/** "start 3, ended 14:03:27 after 4 s": of which life last lines are; "at 14:03:27" of what is known no more about. */
export function lifeText({ exit, atMs }: Pick<Incident['evidence'][number], 'exit' | 'atMs'>): string {
  const life = exit?.life;
  if (exit !== null && life !== undefined)
    return `start ${life.number}, ended ${clockText(exit.atMs)} after ${durationText(Math.max(0, exit.atMs - life.startedAtMs))}`;
  const knownMs = exit?.atMs ?? atMs;
  return knownMs === undefined ? 'when is not known' : `at ${clockText(knownMs)}`;
}

/** What to read about it: by the process that began it. */
export function runbookOf({ trigger }: Pick<IncidentSummary, 'trigger'>, kind: ProcessView['kind'] | undefined): Runbook {
  const { process } = trigger;
  if (process === 'roost') return 'roost-died';
  if (process === 'redis') return 'redis-down';
  if (process === 'pool' || process.startsWith('agent-')) return 'pool-empty';
  if (process.startsWith('schedule ')) return 'schedule-parked';
  return kind === 'worker' || (kind === undefined && process.startsWith('worker')) ? 'worker-down' : 'service-down';
}
