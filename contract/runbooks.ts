/** What a person may have to do something about. Each has its text in `docs/runbooks/<name>.md`, which the screen and the command line show as well. */
export const runbooks = [
  'starting',
  'stopping',
  'redis-down',
  'disk-full',
  'memory-full',
  'redis-outdated',
  'worker-down',
  'queue-unconsumed',
  'queue-backlog',
  'queue-paused',
  'service-down',
  'api-down',
  'port-taken',
  'safe-mode',
  'roost-died',
  'files-short',
  'held',
  'pool-empty',
  'memory-short',
  'error-rate',
  'schedule-parked',
  'config-invalid',
  'config-writable',
  'app-translocated',
] as const;
export type Runbook = (typeof runbooks)[number];

export const isRunbook = (name: string): name is Runbook => (runbooks as readonly string[]).includes(name);
