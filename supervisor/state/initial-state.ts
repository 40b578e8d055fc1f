import type { About, State } from '../../contract/state.js';

/** What a screen shows before anything was measured: everything down and starting, nothing invented. */
export function initialState(about: About, pool: { readonly template: string; readonly target: number; readonly capacity: number }): State {
  return {
    about,
    health: {
      status: 'down',
      reasons: [{ code: 'starting', process: 'roost', message: 'Roost is starting; required processes are not all proved yet.', runbook: 'starting' }],
      required: { redis: false, api: false, worker: false },
      sessions: { pool: 0, target: pool.target, starting: 0, active: 0, waiting: 0, capacity: pool.capacity },
      queues: {},
      errorRate: 0,
      uptimeMs: 0,
      version: about.version,
    },
    processes: [],
    pool: {
      ...pool,
      ready: 0,
      starting: 0,
      assigned: 0,
      waiting: 0,
      slots: [],
      stats: { spawned: 0, assigned: 0, prewarmedHits: 0, died: 0, failedStarts: 0 },
      trouble: null,
    },
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
  };
}
