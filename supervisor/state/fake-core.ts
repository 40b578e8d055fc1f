import { configSchema } from '../../contract/config.js';
import { RoostError } from '../../contract/errors.js';
import { type MethodName, methods } from '../../contract/methods.js';
import type { Activity, Backup, Health, Incident, ProcessView, SessionView, State, TurnView } from '../../contract/state.js';
import { type Clock, systemClock } from '../../core/base/clock.js';
import { Emitter } from '../../core/base/emitter.js';
import type { Handlers, RoostCore } from '../core.js';
import { opened, resolved, summaryOf } from '../incidents/incident.js';
import { fakeApprovals } from './fake-approvals.js';
import { fakeCoordinator, fakeCoordinatorAnswers } from './fake-coordinator.js';
import { fakeBoard, fakeQueues } from './fake-queues.js';
import { fakeReports } from './fake-reports.js';
import { fakeSchedule, fakeSchedules } from './fake-schedules.js';
import { fakeSessions } from './fake-sessions.js';
import { fakeWatch } from './fake-watch.js';
import { fakeWork } from './fake-work.js';
import { StateStore } from './state-store.js';

/** For tests of the doors: a core that answers from memory and records every call that reached it. */

export const fakeHealth: Health = {
  status: 'healthy',
  reasons: [],
  required: { redis: true, api: true, worker: true },
  sessions: { pool: 3, target: 3, starting: 0, active: 0, waiting: 0, capacity: 50 },
  queues: { turns: { waiting: 2, active: 1, delayed: 0, failed: 0, completed: 9, oldestWaitingMs: 120, workers: 1 } },
  errorRate: 0,
  uptimeMs: 61_000,
  version: '0.0.0',
};

export const fakeSession: SessionView = {
  id: 's-1',
  userId: 'ada',
  status: 'ready',
  agentId: 'agent-1',
  agentPid: 4_242,
  template: 'builtin',
  tier: 'free',
  createdAt: 1_700_000_000_000,
  startupMs: 80,
  prewarmed: true,
  lastTurnAt: null,
  turns: 0,
};

export function fakeTurn(changes: Partial<TurnView> = {}): TurnView {
  return {
    id: 't-1',
    sessionId: 's-1',
    status: 'queued',
    prompt: '2+2',
    text: '',
    intent: null,
    arm: null,
    propensity: null,
    decisionKind: null,
    provider: null,
    progress: null,
    suggestion: null,
    rating: null,
    reward: null,
    error: null,
    attempts: 0,
    createdAt: 1_700_000_000_000,
    startedAt: null,
    endedAt: null,
    timings: { queueMs: null, chooseMs: null, agentMs: null, totalMs: null },
    trace: [],
    ...changes,
  };
}

export const fakeProcess: ProcessView = {
  name: 'redis',
  kind: 'redis',
  state: 'running',
  required: true,
  detail: 'answers',
  pid: 99,
  incarnation: 1,
  startedAtMs: 1_700_000_000_000,
  readyAtMs: 1_700_000_000_100,
  uptimeMs: 61_000,
  restarts: 0,
  manualRestarts: 0,
  retryAtMs: null,
  lastExit: null,
  rssBytes: 8_388_608,
  cpuPercent: 0.4,
  mtbfMs: null,
  can: { start: false, stop: true, restart: true },
};

const pool: State['pool'] = {
  template: 'builtin',
  target: 3,
  ready: 3,
  starting: 0,
  assigned: 0,
  capacity: 50,
  waiting: 0,
  slots: [],
  stats: { spawned: 3, assigned: 0, prewarmedHits: 0, died: 0, failedStarts: 0 },
  trouble: null,
};

export const fakeState: State = {
  about: {
    version: '0.0.0',
    node: 'test',
    door: 'headless',
    platform: 'linux',
    dataDir: '/tmp/roost',
    apiUrl: null,
    redis: { mode: 'managed', version: null, address: null },
    startedAtMs: 1_700_000_000_000,
    templates: Object.keys(configSchema.parse({}).templates),
  },
  health: fakeHealth,
  processes: [fakeProcess],
  pool,
  sessions: { total: 0, items: [] },
  coordinator: fakeCoordinator,
  activity: [],
  hold: null,
  incidents: [],
  backups: { everyMs: 3_600_000, items: [], problem: null },
  queues: { turns: fakeBoard },
  approvals: { pending: [], recent: [] },
  providers: [],
  schedules: [fakeSchedule],
  watches: [fakeWatch],
};

export const fakeBackup: Backup = {
  name: 'redis-2026-01-10T12-30-00-000Z',
  path: '/tmp/roost/backup/redis-2026-01-10T12-30-00-000Z',
  atMs: 1_700_000_000_000,
  bytes: 4_096,
  reason: 'by-hand',
  verifiedBy: 'redis-check-aof',
};

export const fakeIncident: Incident = resolved(
  opened(
    'i-1',
    {
      atMs: 1_700_000_000_000,
      process: 'redis',
      exit: { atMs: 1_700_000_000_000, cause: 'signal', code: null, signal: 'SIGKILL', message: 'It was killed.' },
      message: 'It was killed.',
      lines: ['bye'],
      kind: 'down',
    },
    2,
  ),
  1_700_000_001_500,
);

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
  'pool.get': async () => pool,
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
