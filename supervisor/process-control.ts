import type { ProcessView } from '../contract/state.js';
import type { SupervisedProcess } from './process/supervised-process.js';
import { ManagedRedis } from './redis/managed-redis.js';
import type { RedisHost } from './redis/redis-host.js';

/** One supervised process as a person acts on it. Each act answers at once, false when nothing had to be done. */
export interface ProcessControl {
  readonly name: string;
  view(): ProcessView;
  start(): boolean;
  stop(): boolean;
  restart(): boolean;
}

export function controlOf(process: SupervisedProcess, view: () => ProcessView = () => process.view()): ProcessControl {
  return {
    name: process.name,
    view,
    start: () => process.start('person'),
    stop: () => {
      if (!process.view().can.stop) return false;
      void process.stop('stopped by a person');
      return true;
    },
    restart: () => process.restart('person', 'deliberate', 'restarted by a person'),
  };
}

/** A Redis that somebody else runs is not ours to start or stop. */
export function redisControl(redis: RedisHost): ProcessControl {
  if (redis instanceof ManagedRedis) return controlOf(redis.process, () => redis.view());
  const never = (): boolean => false;
  return { name: 'redis', view: () => redis.view(), start: never, stop: never, restart: never };
}
