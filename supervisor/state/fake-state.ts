import { configSchema } from '../../contract/config.js';
import type { Backup, Health, Incident, ProcessView, SessionView, State, TurnView } from '../../contract/state.js';
import { healthOf, poolOf, processOf, stateOf } from '../../contract/test-state.js';
import { turnOf } from '../../contract/test-turn.js';
import { opened, resolved } from '../incidents/incident.js';
import { fakeCoordinator } from './fake-coordinator.js';
import { fakeBoard } from './fake-queues.js';
import { fakeSchedule } from './fake-schedules.js';
import { fakeWatch } from './fake-watch.js';

/** For tests: one of everything the state holds. */

export const fakeHealth: Health = healthOf({
  queues: { turns: { waiting: 2, active: 1, delayed: 0, failed: 0, completed: 9, oldestWaitingMs: 120, workers: 1 } },
  uptimeMs: 61_000,
  version: '0.0.0',
});

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

export const fakeTurn = (changes: Partial<TurnView> = {}): TurnView =>
  turnOf({ id: 't-1', sessionId: 's-1', prompt: '2+2', createdAt: 1_700_000_000_000, ...changes });

export const fakeProcess: ProcessView = processOf({
  name: 'redis',
  kind: 'redis',
  detail: 'answers',
  pid: 99,
  startedAtMs: 1_700_000_000_000,
  readyAtMs: 1_700_000_000_100,
  uptimeMs: 61_000,
  rssBytes: 8_388_608,
  cpuPercent: 0.4,
});

export const fakePool: State['pool'] = poolOf();

export const fakeState: State = stateOf({
  about: {
    ...stateOf().about,
    version: '0.0.0',
    node: 'test',
    dataDir: '/tmp/roost',
    startedAtMs: 1_700_000_000_000,
    templates: Object.keys(configSchema.parse({}).templates),
  },
  health: fakeHealth,
  processes: [fakeProcess],
  pool: fakePool,
  coordinator: fakeCoordinator,
  backups: { everyMs: 3_600_000, items: [], problem: null },
  queues: { turns: fakeBoard },
  schedules: [fakeSchedule],
  watches: [fakeWatch],
});

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
