import type { ExitCause } from '../../contract/state.js';
import type { RestartDecision } from './restart-policy.js';

/** Who wanted a start: `system` is Roost's own plan, `policy` a restart after an exit, `probe` the single try of a quarantine. */
export type StartOrigin = 'system' | 'policy' | 'probe' | 'person';

/** Where a supervised process is. Times are monotonic. `number` is null until there is a child. */
export type ProcessStatus =
  | { readonly kind: 'stopped'; readonly detail: string }
  | { readonly kind: 'starting'; readonly origin: StartOrigin; readonly number: number | null }
  | { readonly kind: 'running'; readonly origin: StartOrigin; readonly number: number; readonly readyMs: number }
  | { readonly kind: 'stopping'; readonly number: number | null; readonly afterwards: AfterStop; readonly cause: ExitCause; readonly detail: string }
  | { readonly kind: 'backoff'; readonly dueMs: number; readonly detail: string }
  | { readonly kind: 'quarantined'; readonly dueMs: number; readonly detail: string }
  | { readonly kind: 'failed'; readonly detail: string };

/** What follows the exit that is awaited: stay down, start for a person, or let the restart policy decide. */
export type AfterStop = 'stay' | 'start' | 'policy';

export type ProcessEvent =
  | { readonly kind: 'start'; readonly origin: 'system' | 'person' }
  | { readonly kind: 'stop'; readonly why: string }
  | { readonly kind: 'restart'; readonly why: string }
  /** A detector gave its verdict on the living child. */
  | { readonly kind: 'condemn'; readonly cause: ExitCause; readonly why: string }
  | { readonly kind: 'spawned'; readonly number: number }
  | { readonly kind: 'ready'; readonly number: number; readonly nowMs: number }
  /** `number` is null when the start ended before there was a child. */
  | { readonly kind: 'exited'; readonly number: number | null; readonly decision: RestartDecision; readonly nowMs: number }
  /** A fresh life, proved beside the present one, has taken its place. */
  | { readonly kind: 'renewed'; readonly number: number; readonly nowMs: number }
  | { readonly kind: 'due' }
  /** The restart that is due must wait for its turn among all processes. */
  | { readonly kind: 'held'; readonly dueMs: number; readonly why: string };

/** The only place where a status changes. An event that does not fit changes nothing: the same object comes back. */
export function next(status: ProcessStatus, event: ProcessEvent): ProcessStatus {
  switch (event.kind) {
    case 'start':
      if (status.kind === 'stopping') return status.afterwards === 'stay' ? { ...status, afterwards: 'start' } : status;
      // Roost itself starts only what is down: a wait or a verdict of the policy is ended by a person alone.
      if (isUp(status) || (event.origin === 'system' && status.kind !== 'stopped')) return status;
      return { kind: 'starting', origin: event.origin, number: null };
    case 'stop':
      if (status.kind === 'stopped') return status;
      if (status.kind === 'stopping') return status.afterwards === 'stay' ? status : { ...status, afterwards: 'stay', detail: event.why };
      if (isUp(status)) return { kind: 'stopping', number: status.number, afterwards: 'stay', cause: 'deliberate', detail: event.why };
      return { kind: 'stopped', detail: event.why };
    case 'restart':
      if (status.kind === 'stopping') return status.afterwards === 'start' ? status : { ...status, afterwards: 'start', detail: event.why };
      // The start that a click asked for is still under way: a second click is the same wish.
      if (status.kind === 'starting' && status.origin === 'person') return status;
      if (isUp(status)) return { kind: 'stopping', number: status.number, afterwards: 'start', cause: 'deliberate', detail: event.why };
      return { kind: 'starting', origin: 'person', number: null };
    case 'condemn':
      return isUp(status) ? { kind: 'stopping', number: status.number, afterwards: 'policy', cause: event.cause, detail: event.why } : status;
    case 'spawned':
      return status.kind === 'starting' && status.number === null ? { ...status, number: event.number } : status;
    case 'ready':
      if (status.kind !== 'starting' || status.number !== event.number) return status;
      return { kind: 'running', origin: status.origin, number: event.number, readyMs: event.nowMs };
    case 'exited':
      return afterExit(status, event);
    case 'renewed':
      return status.kind === 'running' ? { ...status, number: event.number, readyMs: event.nowMs } : status;
    case 'due':
      if (status.kind === 'backoff') return { kind: 'starting', origin: 'policy', number: null };
      return status.kind === 'quarantined' ? { kind: 'starting', origin: 'probe', number: null } : status;
    case 'held':
      return status.kind === 'backoff' || status.kind === 'quarantined' ? { ...status, dueMs: event.dueMs, detail: event.why } : status;
  }
}

function isUp(status: ProcessStatus): status is Extract<ProcessStatus, { kind: 'starting' | 'running' }> {
  return status.kind === 'starting' || status.kind === 'running';
}

function afterExit(status: ProcessStatus, event: Extract<ProcessEvent, { kind: 'exited' }>): ProcessStatus {
  if (status.kind !== 'stopping' && !isUp(status)) return status;
  // A late report of an earlier life.
  if (status.number !== event.number) return status;
  if (status.kind === 'stopping' && status.afterwards === 'stay') return { kind: 'stopped', detail: status.detail };
  if (status.kind === 'stopping' && status.afterwards === 'start') return { kind: 'starting', origin: 'person', number: null };
  const { decision, nowMs } = event;
  switch (decision.kind) {
    case 'stay':
      return { kind: 'stopped', detail: decision.detail };
    case 'failed':
      return { kind: 'failed', detail: decision.detail };
    case 'restart':
      return { kind: 'backoff', dueMs: nowMs + decision.delayMs, detail: decision.detail };
    case 'quarantine':
      return { kind: 'quarantined', dueMs: nowMs + decision.probeMs, detail: decision.detail };
  }
}

/** Which acts make sense now; the screen greys out the others. */
export function possibleActs(status: ProcessStatus): { readonly start: boolean; readonly stop: boolean; readonly restart: boolean } {
  switch (status.kind) {
    case 'stopped':
      return { start: true, stop: false, restart: false };
    case 'starting':
    case 'running':
      return { start: false, stop: true, restart: true };
    case 'stopping':
      return { start: false, stop: false, restart: false };
    case 'backoff':
    case 'quarantined':
      return { start: true, stop: true, restart: true };
    case 'failed':
      return { start: true, stop: true, restart: true };
  }
}

/** One sentence for a person. */
export function statusSentence(status: ProcessStatus): string {
  switch (status.kind) {
    case 'starting':
      return status.number === null ? 'Getting ready to start.' : 'Started; proving that it works.';
    case 'running':
      return status.origin === 'probe' ? 'Running again after a pause.' : 'Running.';
    default:
      return status.detail;
  }
}
