import { dirname, resolve } from 'node:path';
import type { HandlerSpec } from '../contract/handlers.js';
import type { WatchView } from '../contract/watch.js';
import type { Clock } from '../core/base/clock.js';
import type { Log } from '../core/base/log.js';
import { call, callDeadlineMs } from '../core/redis/connection.js';
import type { Keys } from '../core/redis/keys.js';
import type { ActivityLog } from './activity-log.js';
import type { ConfigSource } from './config/config-source.js';
import type { DataDir } from './data-dir.js';
import type { Desk } from './desk.js';
import type { JobIntake } from './watch/intake.js';
import type { WatchDesk } from './watch/one-watch.js';
import { Watches } from './watch/watches.js';

export interface BuildWatches {
  readonly source: ConfigSource;
  readonly dataDir: DataDir;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly log: Log;
  readonly activity: ActivityLog;
  handler(name: string): HandlerSpec | undefined;
  desk(): Desk | undefined;
  held(): boolean;
  changed(views: readonly WatchView[]): void;
}

/** The queues as drop folders use them. */
function intakeOf({ registry }: Desk, clock: Clock, queueOf: (handler: string) => string): JobIntake {
  const within = <T>(promise: Promise<T>): Promise<T> => call(clock, promise, callDeadlineMs);
  const queue = (name: string | undefined, handler: string) => registry.queue(name ?? queueOf(handler));
  return {
    addJob: (name, handler, data, options) => registry.addJob(name, handler, data, options),
    waiting: async (name, handler) =>
      Object.values(await within(queue(name, handler).getJobCounts('wait', 'prioritized'))).reduce((sum, count) => sum + count, 0),
    unmark: async (name, handler, jobIds) => {
      const marks = jobIds.map((id) => queue(name, handler).toKey(`de:${id}`));
      await within(registry.redis.unlink(...marks));
    },
    stateOf: (name, handler, jobId) => within(queue(name, handler).getJobState(jobId)),
  };
}

/** The drop folders of the config; relative paths are relative to its file. */
export function buildWatches({ source, dataDir, keys, clock, log, activity, handler, desk, held, changed }: BuildWatches): Watches {
  const queueOf = (name: string): string => handler(name)?.queue ?? 'analysis';
  let last: { readonly desk: Desk; readonly watch: WatchDesk } | undefined;
  return new Watches({
    settings: () => source.live.watch,
    folder: () => dirname(resolve(source.file)),
    desk: () => {
      const current = desk();
      if (current === undefined) return undefined;
      if (last?.desk !== current) last = { desk: current, watch: { redis: current.connection, jobs: intakeOf(current, clock, queueOf) } };
      return last.watch;
    },
    held,
    queueOf,
    tell: (severity, name, message) => activity.add(severity, severity === 'info' ? 'watch-recovered' : 'watch-trouble', name, message),
    changed,
    dataDir: dataDir.path,
    node: dataDir.node,
    keys,
    clock,
    log: log.child('watch'),
  });
}
