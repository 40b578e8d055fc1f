import { configSchema } from '../../contract/config.js';
import { RoostError } from '../../contract/errors.js';
import { type MethodName, methods } from '../../contract/methods.js';
import type { Activity, TurnView } from '../../contract/state.js';
import { type Clock, systemClock } from '../../core/base/clock.js';
import { Emitter } from '../../core/base/emitter.js';
import type { Handlers, RoostCore } from '../core.js';
import { summaryOf } from '../incidents/incident.js';
import { fakeApprovals } from './fake-approvals.js';
import { fakeCoordinator, fakeCoordinatorAnswers } from './fake-coordinator.js';
import { fakeQueues } from './fake-queues.js';
import { fakeReports } from './fake-reports.js';
import { fakeSchedules } from './fake-schedules.js';
import { fakeSessions } from './fake-sessions.js';
import { fakeBackup, fakeHealth, fakeIncident, fakePool, fakeProcess, fakeSession, fakeState, fakeTurn } from './fake-state.js';
import { fakeWatch } from './fake-watch.js';
import { fakeWork } from './fake-work.js';
import { StateStore } from './state-store.js';

/** For tests of the doors: a core that answers from memory and records every call that reached it. */

const unknown = (what: string, id: string): RoostError => new RoostError('not-found', `there is no ${what} ${id}`);

const answers: Handlers = {
  ...fakeApprovals,
  ...fakeQueues,
  ...fakeSchedules,
  ...fakeSessions,
  ...fakeReports,
  ...fakeWork,
  'watch.list': async () => ({ watches: [fakeWatch], nowMs: 1_700_000_002_000 }),
  'health.get': async () => fakeHealth,
  'process.list': async () => ({ processes: [fakeProcess] }),
  'process.start': async ({ name }) => ({ accepted: true, message: `${name} starts` }),
  'process.stop': async ({ name }) => ({ accepted: true, message: `${name} stops` }),
  'process.restart': async ({ name }) => {
    if (name !== 'redis') throw unknown('process', name);
    return { accepted: true, message: 'redis restarts' };
  },
  'process.logs': async ({ lines }) => ({
    lines: [{ seq: 7, atMs: 1_700_000_000_000, stream: 'out', text: `asked for ${lines}` }],
    dropped: 0,
    lastSeq: 7,
    truncated: false,
  }),
  'pool.get': async () => fakePool,
  'pool.resize': async ({ size }) => ({ target: size }),
  'session.start': async ({ userId }) => ({ sessionId: 's-1', status: 'ready', message: `hello ${userId}`, prewarmed: true, latencyMs: 3 }),
  'session.get': async ({ id }) => {
    if (id !== 's-1') throw unknown('session', id);
    return { session: fakeSession };
  },
  'session.stop': async () => ({}),
  'session.list': async ({ page, pageSize }) => ({ sessions: [fakeSession], total: 1, page, pageSize }),
  'session.logs': async () => ({ lines: ['warm'] }),
  'session.conversation': async () => ({ version: 1, session: fakeSession, turns: [] }),
  'turn.create': async () => ({ turnId: 't-1', status: 'queued', position: 0, estimatedWaitMs: 0 }),
  'turn.get': async ({ id }) => {
    if (id !== 't-1') throw unknown('turn', id);
    return { turn: fakeTurn() };
  },
  'turn.cancel': async () => ({ status: 'cancelled' }),
  'turn.feedback': async ({ rating }) => ({ recorded: true, counted: true, reward: (rating - 1) / 4 }),
  'coordinator.get': async () => fakeCoordinator,
  ...fakeCoordinatorAnswers,
  'hold.set': async ({ level }) => ({ hold: { level, sinceMs: 1_700_000_000_000, queues: ['turns', 'coach'], survivors: [], complete: true } }),
  'login.get': async () => ({ state: 'off', reason: null, file: null }),
  'login.set': async ({ open }) => ({ state: open ? 'on' : 'off', reason: null, file: null }),
  'hold.release': async () => ({ released: true, queues: ['turns', 'coach'] }),
  'incident.list': async () => ({ incidents: [summaryOf(fakeIncident)], total: 1 }),
  'incident.get': async ({ id }) => {
    if (id !== fakeIncident.id) throw unknown('incident', id);
    return { incident: fakeIncident };
  },
  'backup.create': async () => ({ backup: fakeBackup, tookMs: 120 }),
  'backup.list': async () => ({ everyMs: 3_600_000, items: [fakeBackup], problem: null, nowMs: fakeBackup.atMs + 60_000 }),
  'backup.restore': async ({ file }) => ({ restored: file, setAside: '/tmp/roost/backup/replaced', tookMs: 900 }),
};

export interface FakeCore extends RoostCore {
  /** Calls that got past the door, in order. */
  readonly calls: { readonly method: MethodName; readonly params: unknown; readonly signal: AbortSignal }[];
  readonly turns: Emitter<TurnView>;
  readonly log: string[];
  isReady: boolean;
}

export function fakeCore(overrides: Partial<Handlers> = {}, clock: Clock = systemClock): FakeCore {
  const calls: FakeCore['calls'] = [];
  const merged = { ...answers, ...overrides } as Record<MethodName, (params: never, signal: AbortSignal) => Promise<unknown>>;
  const recorded = (Object.keys(methods) as MethodName[]).map((method) => [
    method,
    async (params: unknown, signal: AbortSignal) => {
      calls.push({ method, params, signal });
      return merged[method](params as never, signal);
    },
  ]);
  const activity = new Emitter<Activity>();
  const turns = new Emitter<TurnView>();
  const log: string[] = [];
  return {
    calls,
    turns,
    log,
    isReady: true,
    handlers: Object.fromEntries(recorded) as Handlers,
    state: new StateStore({ clock, initial: fakeState }),
    settings: configSchema.parse({}),
    onActivity: (listener) => activity.on(listener),
    onTurn: (turnId, listener) => turns.on((turn) => void (turn.id === turnId && listener(turn))),
    metricsText: async () => 'roost_process_up{process="redis"} 1\n',
    health: () => fakeHealth,
    ready(): boolean {
      return this.isReady;
    },
    start: async () => void log.push('start'),
    portHolder: async () => null,
    apiOpened: (url) => void log.push(url === null ? 'api closed' : 'api open'),
    suspended: () => void log.push('suspended'),
    resumed: () => void log.push('resumed'),
    stop: async (reason, drainMs) => void log.push(`stop ${reason} ${drainMs}`),
  };
}
