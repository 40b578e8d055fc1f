import type { PoolView, ProcessView, SlotView } from '../../contract/state.js';
import type { Clock } from '../../core/base/clock.js';
import type { Agent } from './agent.js';

export type SlotState = 'starting' | 'ready' | 'assigned' | 'busy' | 'closing';

/** One place in the pool, from the decision to start an agent until its exit is seen. */
export interface Slot {
  readonly name: string;
  readonly template: string;
  /** Aborting calls off a start that is under way. */
  readonly abort: AbortController;
  state: SlotState;
  /** Missing while the workspace is being made. */
  agent: Agent | undefined;
  sessionId: string | null;
  /** A person ended it, so its exit is nobody's failure. */
  deliberate: boolean;
  detail: string;
  /** Wall ms of the last change of state. */
  sinceMs: number;
  readonly startedAtMs: number;
  readyAtMs: number | null;
  launchedMonoMs: number;
  readyMonoMs: number;
  rssBytes: number | null;
  cpuPercent: number | null;
  /** Turns it has taken. */
  turns: number;
}

/** A place whose agent is about to be started. */
export function newSlot(name: string, template: string, clock: Clock): Slot {
  const now = clock.wallMs();
  return {
    name,
    template,
    abort: new AbortController(),
    state: 'starting',
    agent: undefined,
    sessionId: null,
    deliberate: false,
    detail: 'starting',
    sinceMs: now,
    startedAtMs: now,
    readyAtMs: null,
    launchedMonoMs: clock.monoMs(),
    readyMonoMs: 0,
    rssBytes: null,
    cpuPercent: null,
    turns: 0,
  };
}

export function slotView(slot: Slot): SlotView {
  return {
    agentId: slot.name,
    template: slot.template,
    state: slot.state,
    pid: slot.agent?.pid ?? null,
    sessionId: slot.sessionId,
    sinceMs: slot.sinceMs,
    startupMs: slot.agent?.startupMs ?? null,
    rssBytes: slot.rssBytes,
    detail: slot.detail,
    startedAtMs: slot.startedAtMs,
    cpuPercent: slot.cpuPercent,
    turns: slot.turns,
  };
}

const processStates = { starting: 'starting', ready: 'running', assigned: 'running', busy: 'running', closing: 'stopping' } as const;

export function processView(slot: Slot, nowMs: number): ProcessView {
  const live = slot.state !== 'closing';
  return {
    name: slot.name,
    kind: 'agent',
    state: processStates[slot.state],
    required: false,
    detail: slot.detail,
    pid: slot.agent?.pid ?? null,
    incarnation: 1,
    startedAtMs: slot.startedAtMs,
    readyAtMs: slot.readyAtMs,
    uptimeMs: Math.max(0, nowMs - slot.startedAtMs),
    // An agent is never started again under its name: the pool starts another one instead.
    restarts: 0,
    manualRestarts: 0,
    retryAtMs: null,
    lastExit: slot.agent?.exit ?? null,
    rssBytes: slot.rssBytes,
    cpuPercent: slot.cpuPercent,
    mtbfMs: null,
    can: { start: false, stop: live, restart: live },
  };
}

export const count = (slots: readonly Slot[], state: SlotState): number => slots.filter((slot) => slot.state === state).length;

/** Warm and starting are of the pool's own template, as its target is; each other template has figures of its own. */
export function poolView(slots: readonly Slot[], pool: Omit<PoolView, 'ready' | 'starting' | 'assigned' | 'slots'>): PoolView {
  const own = slots.filter(({ template }) => template === pool.template);
  return { ...pool, ready: count(own, 'ready'), starting: count(own, 'starting'), assigned: assignedOf(slots), slots: slots.map(slotView) };
}

export const assignedOf = (slots: readonly Slot[]): number => count(slots, 'assigned') + count(slots, 'busy');
