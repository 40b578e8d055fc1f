import type { HealthStatus, ProcessView, Reason, State } from '../contract/state.js';

/** A process and a state for tests: everything well unless said otherwise. */
export function process(name: string, change: Partial<ProcessView> = {}): ProcessView {
  return {
    name,
    kind: 'worker',
    state: 'running',
    required: true,
    detail: '',
    pid: 100,
    incarnation: 1,
    startedAtMs: 0,
    readyAtMs: 0,
    uptimeMs: 1,
    restarts: 0,
    manualRestarts: 0,
    retryAtMs: null,
    lastExit: null,
    rssBytes: null,
    cpuPercent: null,
    mtbfMs: null,
    can: { start: false, stop: true, restart: true },
    ...change,
  };
}

export const exit = (cause: NonNullable<ProcessView['lastExit']>['cause'], message = 'killed by SIGKILL'): NonNullable<ProcessView['lastExit']> => ({
  atMs: 0,
  cause,
  code: null,
  signal: null,
  message,
});

export function state(options: { readonly status?: HealthStatus; readonly reasons?: readonly Reason[]; readonly processes?: readonly ProcessView[] }): State {
  const counts = { pool: 3, target: 3, starting: 0, active: 0, waiting: 0, capacity: 50 };
  return {
    about: {
      version: '0',
      node: '20',
      door: 'desktop',
      platform: 'linux',
      dataDir: '/d',
      apiUrl: null,
      redis: { mode: 'managed', version: null, address: null },
      startedAtMs: 0,
      templates: ['builtin'],
    },
    health: {
      status: options.status ?? 'healthy',
      reasons: [...(options.reasons ?? [])],
      required: { redis: true, api: true, worker: true },
      sessions: counts,
      queues: {},
      errorRate: 0,
      uptimeMs: 0,
      version: '0',
    },
    processes: [...(options.processes ?? [])],
    pool: {
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
    },
    sessions: { total: 0, items: [] },
    coordinator: null,
    activity: [],
    hold: null,
    incidents: [],
    queues: {},
    backups: null,
    approvals: { pending: [], recent: [] },
    providers: [],
    schedules: [],
    watches: [],
  };
}
