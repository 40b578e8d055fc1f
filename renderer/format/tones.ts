import type { Activity, HealthStatus, ProcessView, SessionStatus, SlotView, TurnStatus } from '../../contract/state.js';

/** What a status means at a glance; each has its own colour and its own shape. */
export type Tone = 'good' | 'warn' | 'bad' | 'busy' | 'idle';

const health: Readonly<Record<HealthStatus, Tone>> = { healthy: 'good', degraded: 'warn', down: 'bad' };
export const healthTone = (status: HealthStatus): Tone => health[status];

const process: Readonly<Record<ProcessView['state'], Tone>> = {
  stopped: 'idle',
  starting: 'busy',
  running: 'good',
  stopping: 'busy',
  backoff: 'warn',
  quarantined: 'bad',
  failed: 'bad',
};
export const processTone = (state: ProcessView['state']): Tone => process[state];

const slot: Readonly<Record<SlotView['state'], Tone>> = { starting: 'busy', ready: 'good', assigned: 'idle', busy: 'busy', closing: 'idle', backoff: 'warn' };
export const slotTone = (state: SlotView['state']): Tone => slot[state];

const session: Readonly<Record<SessionStatus, Tone>> = {
  waiting: 'warn',
  starting: 'busy',
  ready: 'good',
  busy: 'busy',
  'waiting-human': 'warn',
  stopping: 'busy',
  ended: 'idle',
  error: 'bad',
};
export const sessionTone = (status: SessionStatus): Tone => session[status];

const turn: Readonly<Record<TurnStatus, Tone>> = { queued: 'idle', running: 'busy', 'waiting-human': 'warn', done: 'good', failed: 'bad', cancelled: 'idle' };
export const turnTone = (status: TurnStatus): Tone => turn[status];

const severity: Readonly<Record<Activity['severity'], Tone>> = { info: 'idle', warning: 'warn', critical: 'bad' };
export const severityTone = (level: Activity['severity']): Tone => severity[level];
