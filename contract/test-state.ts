import type { Health, PoolView, ProcessView, State } from './state.js';

/** For tests: a host on which all is well, but for what `fields` say. */

export function processOf(fields: Partial<ProcessView> = {}): ProcessView {
  return {
    name: 'worker-turns',
    kind: 'worker',
    state: 'running',
    required: true,
    detail: '',
    pid: 1,
    incarnation: 1,
    startedAtMs: 0,
    readyAtMs: 0,
    uptimeMs: 0,
    restarts: 0,
    manualRestarts: 0,
    retryAtMs: null,
    lastExit: null,
    rssBytes: null,
    cpuPercent: null,
    mtbfMs: null,
    can: { start: false, stop: true, restart: true },
    ...fields,
  };
}

/** Three warm agents of three. */
export function poolOf(fields: Partial<PoolView> = {}): PoolView {
  return {
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
    ...fields,
  };
}

export function healthOf(fields: Partial<Health> = {}): Health {
  return {
    status: 'healthy',
    reasons: [],
    required: { redis: true, api: true, worker: true },
    sessions: { pool: 3, target: 3, starting: 0, active: 0, waiting: 0, capacity: 50 },
    queues: {},
    errorRate: 0,
    uptimeMs: 0,
    version: '0',
    ...fields,
  };
}

/** Nothing has happened yet. */
export function stateOf(fields: Partial<State> = {}): State {
  return {
    about: {
      version: '0',
      node: 'n',
      door: 'headless',
      platform: 'linux',
      dataDir: '/d',
      apiUrl: null,
      redis: { mode: 'managed', version: null, address: null },
      startedAtMs: 0,
      templates: ['builtin'],
    },
    health: healthOf(),
    processes: [],
    pool: poolOf(),
    sessions: { total: 0, items: [] },
    coordinator: null,
    activity: [],
    hold: null,
    incidents: [],
    backups: null,
    queues: {},
    approvals: { pending: [], recent: [] },
    providers: [],
    schedules: [],
    watches: [],
    ...fields,
  };
}
