/** Every Redis key Roost writes outside BullMQ. An operator reads them with redis-cli: keep the names. */
export function keysFor(prefix: string) {
  const at = (suffix: string): string => `${prefix}:${suffix}`;
  return {
    prefix,
    /** BullMQ keeps its own keys below this. */
    bull: at('bull'),
    epoch: at('epoch'),
    /** Of which format all of these are: a number that rises when a Roost changes what it writes. */
    format: at('format'),
    session: (id: string) => at(`session:${id}`),
    sessionUser: (userId: string) => at(`session:user:${userId}`),
    sessionReady: at('session:ready'),
    sessionStarting: at('session:starting'),
    sessionWaiting: at('session:waiting'),
    /** All sessions that have not ended, scored by creation time, for paging without KEYS. */
    sessionIndex: at('session:index'),
    /** Ids of sessions of this node that another node was asked to end. */
    sessionStops: (node: string) => at(`session:stop:${node}`),
    /** Ids of all turns of a session, oldest first. */
    sessionTurns: (id: string) => at(`session:${id}:turns`),
    /** Ids of the turns not yet ended, in order; only the first may be a job. */
    sessionPending: (id: string) => at(`session:${id}:pending`),
    /** Ids of sessions that have a pending turn. */
    pendingSessions: at('session:pending'),
    /** Hash of node -> the emergency stop in force there. */
    hold: at('hold'),
    /** The newest incidents as JSON, newest first, of every node. */
    incidents: at('incidents'),
    /** Hash: up to when a schedule was dealt with, and what a person or Roost decided about it. */
    schedule: (name: string) => at(`schedule:${name}`),
    /** Hash of run id -> record as JSON. */
    scheduleRuns: (name: string) => at(`schedule:${name}:runs`),
    /** The node that fires it; expires unless it is renewed. */
    scheduleOwner: (name: string) => at(`schedule:${name}:owner`),
    /** List of imports of schedules as JSON, newest first. */
    scheduleImports: at('schedules:imports'),
    poolReady: at('pool:ready'),
    poolTarget: at('pool:target'),
    poolStats: at('pool:stats'),
    agentPid: (id: string) => at(`agent:${id}:pid`),
    agentLogs: (id: string) => at(`agent:${id}:logs`),
    agentHealth: (id: string) => at(`agent:${id}:health`),
    turn: (id: string) => at(`turn:${id}`),
    rateStarts: (client: string) => at(`rate:start:${client}`),
    /** Sorted set of one UTC day (days since 1970): user -> turns of that day. */
    quotaOfDay: (day: number) => at(`quota:day:${day}`),
    /** The newest day that was counted: a clock that is set back opens no day again. */
    quotaDay: at('quota:today'),
    /** Ids of all reports, and of those of one handler, scored by time. */
    reports: at('reports'),
    reportsOf: (handler: string) => at(`reports:${handler}`),
    report: (id: string) => at(`report:${id}`),
    /** Hash of what one drop folder has taken in: device and inode, or id -> record; then its place in logs, and its counts. */
    watchItems: (node: string, name: string) => at(`watch:${node}:${name}:items`),
    watchCursors: (node: string, name: string) => at(`watch:${node}:${name}:cursors`),
    watchCounts: (node: string, name: string) => at(`watch:${node}:${name}:counts`),
    /** Hash of page -> what it said when it was last read. */
    pages: at('pages'),
    /** Term -> number of items that hold it, per UTC day; how many items; and which were counted, scored by time. */
    trendTerms: (day: string) => at(`trends:terms:${day}`),
    trendItems: at('trends:items'),
    trendSeen: at('trends:seen'),
    /** The figures of one UTC day as JSON, and the days there are. */
    analyticsDay: (day: string) => at(`analytics:day:${day}`),
    analyticsDays: at('analytics:days'),
    canary: (queue: string) => at(`canary:${queue}`),
    /** Hash of what a job has committed: name -> JSON. */
    jobEffects: (queue: string, id: string) => at(`effects:${queue}:${id}`),
    /** Stream of finished jobs in batches, of every worker on every node. */
    jobsEnded: at('jobs:ended'),
    /** Living workers of every node, scored by the server's clock in ms, and what each says of itself. */
    workers: at('workers'),
    workerFacts: at('workers:facts'),
    /** Active jobs a person no longer wants, as queue:id scored by when that was said. */
    jobsCancelled: at('jobs:cancelled'),
    /** n, sum and sum of squares per arm as whole numbers, pulls by kind; `name~2` is the arm after its second reset. */
    arm: (arm: string) => at(`arms:arm:${arm}`),
    armNames: at('arms:names'),
    armTotals: at('arms:totals'),
    armDecision: (turnId: string) => at(`arms:decision:${turnId}`),
    /** Ids of the newest decisions, newest first: older ones are forgotten one by one. */
    armRecent: at('arms:recent'),
    /** Decisions whose feedback window is open, scored by the wall time it ends. */
    armPending: at('arms:pending'),
    /** Sums by arm and intent: `arm|intent|n`, `s`, `q`. */
    armCells: at('arms:cells'),
    /** The same for the decisions of 50 settled pulls, with pulls by kind and exploration. */
    armBucket: (index: number | '') => at(`arms:bucket:${index}`),
    /** Buckets scored by the version of the state that changed them last. */
    armTouched: at('arms:touched'),
    /** Linear model of an arm: upper triangle of A, a semicolon, b; whole numbers. */
    armLinear: (arm: string) => at(`arms:linear:${arm}`),
    /** Intents with a place of their own. */
    armIntents: at('arms:intents'),
    /** Latencies of the last turns in ms. */
    armLatency: at('arms:latency'),
    /** Settings changed while running: version and JSON; and what they were before, newest first. */
    armConfig: at('arms:config'),
    armConfigBefore: at('arms:config:before'),
    /** Stream of decisions and settlements; `base` is the state before its first entry. */
    armLog: at('arms:log'),
    armBase: at('arms:base'),
  } as const;
}
export type Keys = ReturnType<typeof keysFor>;
